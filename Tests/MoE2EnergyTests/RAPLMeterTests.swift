import Foundation
import MoE2Core
import MoE2Testing
import Testing

@testable import MoE2Energy

@Suite struct RAPLMeterTests {
    private let first = "/sys/class/powercap/intel-rapl:0/energy_uj"
    private let second = "/sys/class/powercap/intel-rapl:1/energy_uj"

    @Test func packagesAreAddedAndInnerZonesAreNot() throws {
        let tree = try SysfsTree("xeon")
        var meter = try RAPLMeter(root: tree.root)
        #expect(meter.zoneNames == ["package-0", "package-1"])
        try tree.write(first, "3500000")
        try tree.write("/sys/class/powercap/intel-rapl:0:0/energy_uj", "900000")
        let reading = try meter.read(now: .seconds(1), isWorking: true)
        #expect(abs((reading.energy?.joules ?? 0) - 2.5) < 1e-9)
        #expect(reading.power == nil)
        #expect(reading.temperatureCelsius == 71)
        #expect(reading.powerMode == "performance")
    }

    @Test func aCounterThatStartsAgainLosesNothing() throws {
        let tree = try SysfsTree("xeon")
        var meter = try RAPLMeter(root: tree.root)
        // 328,850 µJ to the end of the range, then 671,150 more.
        try tree.write(second, "671150")
        #expect(abs((try meter.read(now: .seconds(1), isWorking: true).energy?.joules ?? 0) - 1) < 1e-9)
        try tree.write(second, "1671150")
        #expect(abs((try meter.read(now: .seconds(2), isWorking: true).energy?.joules ?? 0) - 2) < 1e-9)
    }

    /// However often the counter turns, the energy is the sum of what was used.
    @Test(arguments: 0..<20)
    func anyWalkOverTheRangeIsCounted(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let tree = try SysfsTree("laptop")
        let range = 10_000_000
        try tree.write("/sys/class/powercap/intel-rapl:1/max_energy_range_uj", "\(range)")
        var raw = 9_000_000
        var meter = try RAPLMeter(root: tree.root)
        var used = 0
        for step in 0..<40 {
            let grown = Int.random(in: 0..<range, using: &random)
            used += grown
            raw = (raw + grown) % range
            try tree.write(second, "\(raw)")
            let energy = try meter.read(now: .seconds(step), isWorking: true).energy?.joules ?? -1
            #expect(abs(energy - Double(used) * 1e-6) < 1e-6, "seed \(seed), step \(step)")
        }
    }

    @Test func thePlatformZoneCountsAlone() throws {
        let tree = try SysfsTree("laptop")
        #expect(try RAPLMeter(root: tree.root).zoneNames == ["psys"])
    }

    @Test func newThrottlingEventsAreTold() throws {
        let tree = try SysfsTree("xeon")
        var meter = try RAPLMeter(root: tree.root)
        #expect(try !meter.read(now: .zero, isWorking: true).isThrottled)
        try tree.write("/sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count", "4")
        #expect(try meter.read(now: .zero, isWorking: true).isThrottled)
    }

    @Test func aBrokenReadingIsAnErrorThatLosesNoEnergy() throws {
        let tree = try SysfsTree("xeon")
        var meter = try RAPLMeter(root: tree.root)
        try tree.write(first, "2000000")
        try tree.write(second, "?")
        #expect(throws: EnergyError.self) { try meter.read(now: .zero, isWorking: true) }
        try tree.write(second, "262143000000")
        #expect(abs((try meter.read(now: .zero, isWorking: true).energy?.joules ?? 0) - 1) < 1e-9)
    }

    @Test func aHostWithoutCountersSaysSo() throws {
        let tree = try SysfsTree()
        let error = #expect(throws: EnergyError.self) { try RAPLMeter(root: tree.root) }
        #expect(error?.code == .absent)
    }
}
