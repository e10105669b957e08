import MoE2Core
import MoE2Testing
import Testing

@testable import MoE2Gate

@Suite struct TeamPickerTests {
    /// A query that does not ask why looks at the active set alone where that can answer; who asks why gets the same team, or the
    /// same refusal, with everybody looked at.
    @Test(arguments: 0..<200) func theActiveSetAloneGivesTheTeamThatTheWholeFleetGives(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let names = (0..<Int.random(in: 1...9, using: &random)).map { "expert-\($0)" }
        let known = names.filter { _ in Int.random(in: 0..<4, using: &random) > 0 }
        let scores = known.map { ($0, Double.random(in: -2...2, using: &random)) }
        let parts = engineParts(Dictionary(uniqueKeysWithValues: scores))
        for (number, name) in names.enumerated() { try join(name, on: "host-\(number / 2)", names, parts, &random) }
        let category = parts.engine.settings.defaultCategory
        if Int.random(in: 0..<5, using: &random) > 0 {
            parts.plans.set(plan(names.shuffled(using: &random), for: category, &random))
        }
        var query = Query(id: .random(using: &random), messages: [Message(role: .user, content: "What is 1+1?")])
        query.mayQueue = Bool.random(using: &random)

        if Bool.random(using: &random) { query.budget.energy = .joules(Double.random(in: 50...1500, using: &random)) }
        let size = Int.random(in: 1...3, using: &random)

        let short = try pick(query, size, parts)
        query.explain = true
        let long = try pick(query, size, parts)

        switch (short, long) {
        case (.success(let short), .success(let long)):
            #expect(short.team.map(\.expert) == long.team.map(\.expert))
            #expect(short.team.map(\.weight) == long.team.map(\.weight))
            #expect(short.predicted == long.predicted)
            #expect(short.considered.isEmpty && long.considered.count == names.count)
        case (.failure(let short), .failure(let long)):
            #expect(short == long)
        default:
            Issue.record("one was refused: \(short), \(long)")
        }
    }

    private func pick(_ query: Query, _ size: Int, _ parts: GateParts) throws -> Result<TeamDecision, StatusError> {
        // The deadline counts from now on: both are to have as much time.
        let progress = QueryProgress(
            AdmittedQuery(
                query: query,
                client: ClientIdentity(name: "test"),
                category: parts.engine.settings.defaultCategory,
                admitted: .zero,
                deadline: .seconds(3600),
                hasLatencyLimit: false,
                energyLimit: query.budget.energy
            )
        )
        return Result { () throws(StatusError) in try parts.engine.picker.pickNow(progress, size: size) }
    }

    private func join(
        _ name: String,
        on host: String,
        _ names: [String],
        _ parts: GateParts,
        _ random: inout SeededGenerator
    ) throws {
        let experts = names.enumerated().filter { "host-\($0.offset / 2)" == host }.map(\.element)
        guard experts.first == name else { return }
        var capacities: [ExpertCapacity] = []
        for expert in experts {
            let isReady = Int.random(in: 0..<4, using: &random) > 0
            capacities.append(ExpertCapacity(expert: try ExpertID(expert), state: isReady ? .ready : .starting))
        }
        try parts.hub.join(
            session: host,
            host: Host(id: try HostID(host)),
            experts: experts.map { Expert(id: try ExpertID($0), model: "m", backend: "openai") },
            report: CapacityReport(sequence: 1, experts: capacities)
        )
    }

    private func plan(_ names: [String], for category: MoE2Core.Category, _ random: inout SeededGenerator) -> Plan {
        let members = names.prefix(Int.random(in: 0...names.count, using: &random))
        return Plan(
            number: 7,
            category: category,
            activeSet: members.compactMap { ExpertID(rawValue: $0) },
            status: Int.random(in: 0..<6, using: &random) == 0 ? .infeasible : .optimal,
            quality: 1,
            bound: 1,
            gap: 0,
            energyLimit: nil,
            latencyLimit: nil,
            teamSize: 2,
            reason: "a test"
        )
    }
}
