import MoE2Core
import Testing

@testable import MoE2Energy

@Suite struct EnergyMonitorTests {
    private let a = ShardID(rawValue: "a")!
    private let b = ShardID(rawValue: "b")!

    @Test func aModelledShardCostsActiveMinusIdleTimesItsTime() async throws {
        let bench = TestBench()
        let meter = try ModelMeter(idle: .watts(5), active: .watts(15))
        let monitor = EnergyMonitor(meter: meter, idle: .watts(5), now: { bench.now })
        _ = await monitor.status
        bench.advance(by: .seconds(10))
        await monitor.begin(a)
        bench.advance(by: .seconds(2))
        let cost = await monitor.end(a)
        #expect(abs(cost.energy.joules - 20) < 1e-9)
        #expect(cost.source == .modelled)
        #expect(monitor.meterName == "model")
    }

    @Test func concurrentShardsShareWhatTheHostTook() async throws {
        let bench = TestBench()
        let meter = try ModelMeter(idle: .watts(5), active: .watts(15))
        let monitor = EnergyMonitor(meter: meter, idle: .watts(5), now: { bench.now })
        await monitor.begin(a)
        bench.advance(by: .seconds(1))
        await monitor.begin(b)
        monitor.progress(a, completionTokens: 10)
        monitor.progress(b, completionTokens: 30)
        bench.advance(by: .seconds(1))
        let first = await monitor.end(b).energy.joules
        let second = await monitor.end(a).energy.joules
        #expect(abs(first - 7.5) < 1e-9)
        #expect(abs(second - 12.5) < 1e-9)
    }

    @Test func aMeterThatFailsIsReplacedAndSaidSo() async throws {
        let bench = TestBench()
        let monitor = EnergyMonitor(
            meter: ScriptedMeter(idle: .watts(4), active: .watts(24), bench: bench),
            idle: .watts(4),
            fallback: try ModelMeter(idle: .watts(4), active: .watts(14)),
            now: { bench.now }
        )
        await monitor.begin(a)
        bench.advance(by: .seconds(1))
        bench.fails = true
        let broken = await monitor.status
        #expect(broken.source == .modelled)
        #expect(broken.problem == "the test says so")
        bench.advance(by: .seconds(1))
        bench.fails = false
        let mended = await monitor.status
        #expect(mended.source == .measured && mended.problem == nil)
        #expect(mended.isThrottled && mended.powerMode == "30W" && mended.temperatureCelsius == 50)
        bench.advance(by: .seconds(1))
        let cost = await monitor.end(a)
        #expect(cost.source == .modelled)
        // Two seconds at 10 W above idle by the model, one at 20 W by the meter.
        #expect(abs(cost.energy.joules - 40) < 1e-9)
    }

    @Test func anUnknownShardCostsNothing() async throws {
        let monitor = EnergyMonitor(meter: try ModelMeter(idle: .zero, active: .watts(1)))
        #expect(await monitor.end(a) == ShardEnergy(energy: .zero, source: .unknown))
    }

    @Test func figuresThatAreNoModelAreRefused() {
        #expect(throws: EnergyError.self) { try ModelMeter(idle: .watts(5), active: .watts(4)) }
        #expect(throws: EnergyError.self) { try ModelMeter(idle: .watts(.nan), active: .watts(4)) }
    }
}
