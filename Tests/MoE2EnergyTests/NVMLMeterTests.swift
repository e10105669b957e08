import MoE2Core
import Testing

@testable import MoE2Energy

@Suite struct NVMLMeterTests {
    @Test func devicesAreAddedUp() throws {
        let stub = try StubNVML()
        var meter = try NVMLMeter(library: stub.library)
        let reading = try meter.read(now: .zero, isWorking: true)
        #expect(reading.power == .watts(400))
        #expect(reading.energy == .joules(2))
        #expect(reading.temperatureCelsius == 61)
        #expect(!reading.isThrottled)
        #expect(reading.powerMode == "450 W + 450 W")
        #expect(meter.provenance == .measured && meter.name == "nvml")
    }

    @Test func withoutACounterThePowerIsLeft() throws {
        let stub = try StubNVML()
        try stub.say(millijoules: -1)
        var meter = try NVMLMeter(library: stub.library)
        let reading = try meter.read(now: .zero, isWorking: true)
        #expect(reading.energy == nil && reading.power == .watts(400))
    }

    @Test(arguments: [(0x1, false), (0x2, false), (0x4, true), (0x8, true), (0x20, true), (0x40, true), (0x80, true)])
    func reasonsThatAreHeatOrPowerAreThrottling(reasons: Int, throttles: Bool) throws {
        let stub = try StubNVML()
        try stub.say(reasons: reasons)
        var meter = try NVMLMeter(library: stub.library)
        #expect(try meter.read(now: .zero, isWorking: true).isThrottled == throttles)
    }

    @Test func aLostDeviceIsAnErrorThatNamesItself() throws {
        let stub = try StubNVML()
        var meter = try NVMLMeter(library: stub.library)
        try stub.say(milliwatts: -1)
        let error = #expect(throws: EnergyError.self) { try meter.read(now: .zero, isWorking: true) }
        #expect(error?.message.contains("GPU is lost (15)") == true)
        try stub.say()
        #expect(try meter.read(now: .zero, isWorking: true).power == .watts(400))
    }

    @Test func aLibraryThatDoesNotStartSaysWhy() throws {
        let stub = try StubNVML()
        try stub.say(start: 9)
        let error = #expect(throws: EnergyError.self) { try NVMLMeter(library: stub.library) }
        #expect(error?.message.contains("Driver Not Loaded") == true)
        try stub.say(count: 0)
        #expect(throws: EnergyError.self) { try NVMLMeter(library: stub.library) }
    }

    @Test func whatIsNoNVMLIsRefused() throws {
        let absent = #expect(throws: EnergyError.self) { try NVMLMeter(library: "/nonexistent/libnvidia-ml.so.1") }
        #expect(absent?.code == .absent)
        let other = #expect(throws: EnergyError.self) { try NVMLMeter(library: "libc.so.6") }
        #expect(other?.code == .failed)
    }

    @Test func aMonitorBooksWhatTheCounterSays() async throws {
        let stub = try StubNVML()
        let bench = TestBench()
        let monitor = EnergyMonitor(meter: try NVMLMeter(library: stub.library), idle: .watts(50), now: { bench.now })
        let shard = ShardID(rawValue: "a")!
        await monitor.begin(shard)
        bench.advance(by: .seconds(2))
        try stub.say(millijoules: 301_000)
        let cost = await monitor.end(shard)
        // Two devices took 300 J each in 2 s, of which 100 J are the baseline's.
        #expect(abs(cost.energy.joules - 500) < 1e-9)
        #expect(cost.source == .measured)
    }
}
