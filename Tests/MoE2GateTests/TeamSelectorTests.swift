import Glibc
import MoE2Core
import MoE2Testing
import Testing

@testable import MoE2Gate

@Suite struct TeamSelectorTests {
    private func option(
        _ name: String,
        score: Double,
        energy: Double = 1,
        latency: Double = 100,
        obstacle: String? = nil
    ) -> TeamOption {
        TeamOption(
            expert: ExpertID(rawValue: name)!,
            host: HostID(rawValue: "host-\(name)")!,
            score: score,
            cost: CostEstimate(
                latency: .milliseconds(clamping: latency * 0.8),
                latencyP90: .milliseconds(clamping: latency),
                energy: .joules(energy * 0.8),
                energyP90: .joules(energy),
                source: .measured
            ),
            obstacle: obstacle
        )
    }

    private func limits(
        energy: Double? = nil,
        latency: Double? = nil,
        size: Int = 1,
        temperature: Double = 0.5
    ) -> TeamLimits {
        TeamLimits(
            energy: energy.map { .joules($0) },
            latency: latency.map { .milliseconds(clamping: $0) },
            size: size,
            temperature: temperature
        )
    }

    private func pick(_ options: [TeamOption], _ limits: TeamLimits, explain: Bool = false) throws -> TeamDecision {
        try TeamSelector.pick(
            from: options,
            limits: limits,
            plan: 1,
            category: Category(rawValue: "math")!,
            explain: explain
        )
    }

    @Test func oneExpertIsTheBestThatFits() throws {
        let options = [
            option("best", score: 3, energy: 10), option("good", score: 2, energy: 4), option("poor", score: 1),
        ]
        #expect(try pick(options, limits()).team.map(\.expert.rawValue) == ["best"])
        #expect(try pick(options, limits(energy: 5)).team.map(\.expert.rawValue) == ["good"])
        #expect(try pick(options, limits(energy: 4)).team.map(\.expert.rawValue) == ["good"])
        #expect(try pick(options, limits(energy: 3.999)).team.map(\.expert.rawValue) == ["poor"])
    }

    /// The search is exact: no team within the limits has a larger T·log Σ exp(s/T).
    @Test(arguments: 0..<300)
    func teamsAreAsGoodAsBruteForce(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...9, using: &random)
        let options = (0..<count).map { index in
            option(
                "e\(index)",
                score: Double.random(in: -2...2, using: &random),
                energy: Double.random(in: 0.1...5, using: &random),
                latency: Double.random(in: 10...500, using: &random)
            )
        }
        let limits = limits(
            energy: Bool.random(using: &random) ? Double.random(in: 0.1...12, using: &random) : nil,
            latency: Bool.random(using: &random) ? Double.random(in: 10...500, using: &random) : nil,
            size: Int.random(in: 1...4, using: &random),
            temperature: [0, 0.3, 1].randomElement(using: &random)!
        )
        var best: Double?
        for set in 1..<(1 << count) {
            let members = options.indices.filter { set >> $0 & 1 == 1 }.map { options[$0] }
            guard members.count <= limits.size else { continue }
            let energy = members.reduce(0) { $0 + $1.cost.energyP90.joules }
            let latency = members.map(\.cost.latencyP90).max()!
            guard limits.energy.map({ energy <= $0.joules }) ?? true, limits.latency.map({ latency <= $0 }) ?? true
            else { continue }
            best = max(best ?? -.infinity, quality(members.map(\.score), limits.temperature))
        }
        guard let best else {
            #expect(throws: StatusError.self, "seed \(seed)") { try pick(options, limits) }
            return
        }
        let decision = try pick(options, limits)
        let scores = decision.team.map { member in options.first { $0.expert == member.expert }!.score }
        #expect(abs(quality(scores, limits.temperature) - best) < 1e-9, "seed \(seed)")
        #expect(abs(decision.team.reduce(0) { $0 + $1.weight } - 1) < 1e-9, "seed \(seed)")
        #expect(decision.team.map(\.weight) == decision.team.map(\.weight).sorted(by: >), "seed \(seed)")
    }

    /// What the refusal names as smallest is admitted, and a little less is not.
    @Test(arguments: 0..<300)
    func refusalsNameTheSmallestBudgetThatWouldDo(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let options = (0..<Int.random(in: 1...6, using: &random)).map { index in
            option(
                "e\(index)",
                score: 0,
                energy: Double.random(in: 5...20, using: &random),
                latency: Double.random(in: 200...900, using: &random)
            )
        }
        let tight = limits(
            energy: Double.random(in: 0.1...8, using: &random),
            latency: Double.random(in: 10...1000, using: &random)
        )
        do {
            _ = try pick(options, tight)
        } catch let error as StatusError {
            #expect(error.code == .resourceExhausted, "seed \(seed)")
            if error.smallestEnergy != nil, error.smallestLatency != nil,
                (try? pick(options, limits(energy: error.smallestEnergy!.joules, latency: tight.latency!.milliseconds)))
                    == nil
            {
                // Neither alone would do: both together must.
                _ = try pick(
                    options,
                    limits(energy: error.smallestEnergy!.joules, latency: error.smallestLatency!.milliseconds)
                )
                return
            }
            if let energy = error.smallestEnergy {
                _ = try pick(options, limits(energy: energy.joules, latency: tight.latency!.milliseconds))
                #expect(throws: StatusError.self, "seed \(seed)") {
                    try pick(options, limits(energy: energy.joules * 0.999, latency: tight.latency!.milliseconds))
                }
            }
            if let latency = error.smallestLatency {
                _ = try pick(options, limits(energy: tight.energy!.joules, latency: latency.milliseconds))
                #expect(throws: StatusError.self, "seed \(seed)") {
                    try pick(options, limits(energy: tight.energy!.joules, latency: latency.milliseconds * 0.999))
                }
            }
        }
    }

    @Test func explanationNamesEveryReason() throws {
        let options = [
            option("dear", score: 3, energy: 10), option("slow", score: 2, latency: 900),
            option("gone", score: 1, obstacle: "host 'a' is draining"), option("fine", score: 0),
            option("worse", score: -1),
        ]
        let decision = try pick(options, limits(energy: 5, latency: 500), explain: true)
        let reasons = Dictionary(uniqueKeysWithValues: decision.considered.map { ($0.expert.rawValue, $0.reason) })
        #expect(reasons["dear"] == "needs 10 J, the budget is 5 J")
        #expect(reasons["slow"] == "needs 900 ms, the budget is 500 ms")
        #expect(reasons["gone"] == "host 'a' is draining")
        #expect(reasons["fine"] == "")
        #expect(reasons["worse"] == "the team is better without it")
        #expect(decision.considered.filter(\.chosen).map(\.expert.rawValue) == ["fine"])
    }

    @Test func emptyFleetSaysSo() {
        #expect {
            try pick([], limits())
        } throws: { error in
            (error as? StatusError)?.code == .unavailable
                && (error as? StatusError)?.message.contains("start an agent") == true
        }
    }

    private func quality(_ scores: [Double], _ temperature: Double) -> Double {
        let best = scores.max()!
        return temperature == 0
            ? best : best + temperature * log(scores.reduce(0) { $0 + exp(($1 - best) / temperature) })
    }
}
