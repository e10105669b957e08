import MoE2Core
import Testing

@testable import MoE2Energy

@Suite struct EnergyIntegratorTests {
    @Test func theCounterIsPreferred() {
        var integrator = EnergyIntegrator()
        #expect(integrator.add(PowerReading(power: .watts(99), energy: .joules(10)), now: .seconds(1)) == nil)
        let interval = integrator.add(PowerReading(power: .watts(99), energy: .joules(16)), now: .seconds(3))
        #expect(interval == EnergyInterval(duration: .seconds(2), energy: .joules(6)))
        #expect(interval?.power == .watts(3))
    }

    @Test func powerIsIntegratedByTrapezoids() {
        var integrator = EnergyIntegrator()
        _ = integrator.add(PowerReading(power: .watts(10)), now: .zero)
        #expect(integrator.add(PowerReading(power: .watts(20)), now: .seconds(2))?.energy == .joules(30))
    }

    @Test func aCounterThatStartsAgainFallsBackToThePower() {
        var integrator = EnergyIntegrator()
        _ = integrator.add(PowerReading(power: .watts(5), energy: .joules(1_000)), now: .zero)
        #expect(
            integrator.add(PowerReading(power: .watts(5), energy: .joules(2)), now: .seconds(1))?.energy == .joules(5)
        )
        #expect(
            integrator.add(PowerReading(power: .watts(5), energy: .joules(9)), now: .seconds(2))?.energy == .joules(7)
        )
    }

    @Test func aClockThatRunsBackYieldsNothing() {
        var integrator = EnergyIntegrator()
        _ = integrator.add(PowerReading(power: .watts(5)), now: .seconds(5))
        #expect(integrator.add(PowerReading(power: .watts(5)), now: .seconds(4)) == nil)
        #expect(integrator.add(PowerReading(power: .watts(5)), now: .seconds(6))?.energy == .joules(5))
    }

    @Test func theBaselineIsLearnedFromIdleTimes() {
        var baseline = IdleBaseline()
        #expect(baseline.provenance == .unknown)
        for _ in 0..<600 { baseline.observe(EnergyInterval(duration: .seconds(1), energy: .joules(8))) }
        #expect(abs(baseline.power.watts - 8) < 1e-9)
        baseline.observe(EnergyInterval(duration: .zero, energy: .joules(8)))
        for _ in 0..<600 { baseline.observe(EnergyInterval(duration: .seconds(1), energy: .joules(4))) }
        #expect(abs(baseline.power.watts - 4) < 0.1)
        #expect(baseline.provenance == .measured)
        #expect(IdleBaseline(configured: .watts(3)).power == .watts(3))
    }
}
