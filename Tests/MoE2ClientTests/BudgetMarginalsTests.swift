import MoE2Client
import MoE2Core
import Testing

@Suite struct BudgetMarginalsTests {
    private func plan(_ status: Plan.Status = .optimal, energy: Energy?, latency: Duration?) throws -> Plan {
        Plan(
            number: 1,
            category: try Category("chat"),
            activeSet: [],
            status: status,
            quality: 0.5,
            bound: 0.5,
            gap: 0,
            energyLimit: energy,
            latencyLimit: latency,
            teamSize: 2,
            reason: "the fleet changed"
        )
    }

    private func point(_ quality: Double?, bound: Double? = nil) -> FrontierPoint {
        FrontierPoint(energy: nil, latency: nil, quality: quality, bound: bound ?? quality ?? 0, experts: [])
    }

    @Test("Asks for the limits in force and the next, where there are any")
    func limits() throws {
        let limited = try plan(energy: .joules(5), latency: .milliseconds(300))
        #expect(BudgetMarginals.energies(limited) == [5, 6])
        #expect(BudgetMarginals.latencies(limited).map { ($0 * 1e6).rounded() } == [300e6, 310e6])
        let free = try plan(energy: nil, latency: nil)
        #expect(BudgetMarginals.energies(free).isEmpty && BudgetMarginals.latencies(free).isEmpty)
        let empty = try plan(.infeasible, energy: .joules(5), latency: .milliseconds(300))
        #expect(BudgetMarginals.energies(empty).isEmpty && BudgetMarginals.latencies(empty).isEmpty)
    }

    @Test("Is the difference of two proved qualities, and nothing when one is not")
    func differences() {
        let known = BudgetMarginals(energy: [point(0.5), point(0.625)], latency: [point(0.5), point(0.5)])
        #expect(known.energyJ == 0.125 && known.latencyMs == 0)
        let unproved = BudgetMarginals(
            energy: [point(0.5), point(0.6, bound: 0.7)],
            latency: [point(nil), point(0.5)]
        )
        #expect(unproved.energyJ == nil && unproved.latencyMs == nil)
        #expect(BudgetMarginals(energy: [], latency: [point(0.5)]).latencyMs == nil)
    }

    @Test("Shows what is known")
    func text() throws {
        let limited = try plan(energy: .joules(5), latency: .milliseconds(300))
        let known = BudgetMarginals(energy: [point(0.5), point(0.625)], latency: [])
        #expect(PlanReport.render(limited, marginal: known).contains("marginal    1 J more buys 0.125 of quality"))
        let nothing = BudgetMarginals(energy: [], latency: [])
        #expect(!PlanReport.render(limited, marginal: nothing).contains("marginal"))
    }
}
