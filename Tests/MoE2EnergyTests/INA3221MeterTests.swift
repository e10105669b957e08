import MoE2Core
import Testing

@testable import MoE2Energy

@Suite struct INA3221MeterTests {
    private let monitor = "/sys/bus/i2c/drivers/ina3221/1-0040/hwmon/hwmon4"

    @Test func theRailsOfAnAGXAreAddedWithoutTheOneThatIsFedByThem() throws {
        let tree = try SysfsTree("agx-orin")
        var meter = try INA3221Meter(root: tree.root)
        #expect(meter.rails == ["VDD_GPU_SOC", "VDD_CPU_CV", "VIN_SYS_5V0"])
        let reading = try meter.read(now: .zero, isWorking: false)
        // 19.896 V · 0.6 A + 19.904 V · 0.2 A + 5.008 V · 1 A
        #expect(abs((reading.power?.watts ?? 0) - 20.9264) < 1e-9)
        #expect(reading.energy == nil)
        #expect(reading.temperatureCelsius == 51.25)
        #expect(!reading.isThrottled)
        #expect(reading.powerMode == "MODE_30W")
        #expect(meter.provenance == .measured && meter.name == "ina3221")
    }

    @Test func aModuleRailCountsAlone() throws {
        let tree = try SysfsTree("orin-nano")
        var meter = try INA3221Meter(root: tree.root)
        #expect(meter.rails == ["VDD_IN"])
        let reading = try meter.read(now: .zero, isWorking: false)
        #expect(reading.power == .watts(7.5))
        #expect(reading.temperatureCelsius == nil && reading.powerMode.isEmpty)
    }

    @Test func alarmsAndNewOvercurrentEventsAreThrottling() throws {
        let tree = try SysfsTree("agx-orin")
        var meter = try INA3221Meter(root: tree.root)
        #expect(try !meter.read(now: .zero, isWorking: true).isThrottled)
        try tree.write("/sys/class/hwmon/hwmon3/oc2_event_cnt", "8")
        #expect(try meter.read(now: .seconds(1), isWorking: true).isThrottled)
        #expect(try !meter.read(now: .seconds(2), isWorking: true).isThrottled)
        try tree.write("\(monitor)/curr1_crit_alarm", "1")
        #expect(try meter.read(now: .seconds(3), isWorking: true).isThrottled)
    }

    @Test func aSensorThatVanishesOrTalksNonsenseIsAnErrorAndMayComeBack() throws {
        let tree = try SysfsTree("agx-orin")
        var meter = try INA3221Meter(root: tree.root)
        try tree.remove("\(monitor)/curr1_input")
        #expect(throws: EnergyError.self) { try meter.read(now: .zero, isWorking: true) }
        for nonsense in ["", "abc", "-90000", "nan"] {
            try tree.write("\(monitor)/curr1_input", nonsense)
            #expect(throws: EnergyError.self, "\(nonsense)") { try meter.read(now: .zero, isWorking: true) }
        }
        try tree.write("\(monitor)/curr1_input", "0")
        #expect(try meter.read(now: .zero, isWorking: true).power != nil)
    }

    @Test func anUnnamedModeIsToldByItsNumber() throws {
        let tree = try SysfsTree("agx-orin")
        try tree.write("/var/lib/nvpmodel/status", "pmode:0007")
        var meter = try INA3221Meter(root: tree.root)
        #expect(try meter.read(now: .zero, isWorking: false).powerMode == "mode 7")
    }

    @Test func anotherHostHasNone() throws {
        let tree = try SysfsTree("xeon")
        let error = #expect(throws: EnergyError.self) { try INA3221Meter(root: tree.root) }
        #expect(error?.code == .absent)
    }
}
