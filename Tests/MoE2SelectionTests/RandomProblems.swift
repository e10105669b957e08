import MoE2Selection
import MoE2Testing

/// Small random problems with every kind of limit mixed.
enum RandomProblems {
    /// How the scores come about.
    enum Scores: CaseIterable {
        case binary, whole, equal, real
    }

    static func make(
        _ random: inout SeededGenerator,
        smallest: Int = 1,
        largest: Int = 10,
        prompts: [Int] = [1, 3, 8, 33]
    ) throws -> SelectionProblem {
        let experts = smallest + random.below(largest - smallest + 1)
        let prompts = random.pick(prompts)
        let style = random.pick(Scores.allCases)
        var rows = (0..<prompts).map { _ in (0..<experts).map { _ in score(style, &random) } }
        if experts > 2, random.below(4) == 0 { for row in rows.indices { rows[row][1] = rows[row][0] } }
        let hosts = 1 + random.below(4)
        // Costs that are small whole numbers meet their limits exactly, and tie.
        let isWhole = random.below(2) == 0
        func cost() -> Double { isWhole ? Double(random.below(4)) : random.uniform() * 10 }
        let list = (0..<experts).map { expert in
            SelectionExpert(
                id: "e\((expert * 7 + 3) % 100)",
                host: random.below(5) == 0 ? nil : "h\(random.below(hosts))",
                energy: Joules(cost()),
                memory: Megabytes(cost()),
                latency: ["a": Milliseconds(random.uniform() * 100), "b": Milliseconds(Double(random.below(5)))]
            )
        }
        let hostList = (0..<hosts).map { host in
            SelectionHost(
                id: "h\(host)",
                activation: Joules(random.below(2) == 0 ? 0 : cost()),
                idle: Watts(cost()),
                memory: random.below(2) == 0 ? nil : Megabytes(random.uniform() * 20)
            )
        }
        let ids = list.map(\.id)
        func names(_ count: Int) -> [String] { (0..<count).map { _ in random.pick(ids) } }
        return try SelectionProblem(
            scores: try ScoreTable(rows: rows, experts: experts),
            weights: random.below(2) == 0
                ? nil
                : (0..<prompts).map { _ in style == .real ? random.uniform() + 1e-3 : Double(1 + random.below(3)) },
            temperature: random.pick([0, 0, 0, 0.003, 0.3, 2]),
            teamSize: random.pick([1, 1, 2, 3, experts]),
            experts: list,
            hosts: hostList,
            limits: limits(&random, experts, isWhole),
            required: random.below(6) == 0 ? names(1) : [],
            forbidden: random.below(5) == 0 ? names(1) : [],
            exclusive: random.below(3) == 0 ? [names(2), names(3)] : []
        )
    }

    private static func score(_ style: Scores, _ random: inout SeededGenerator) -> Double {
        switch style {
        case .binary: random.uniform() < 0.4 ? 1 : 0
        case .whole: Double(random.below(4))
        case .equal: 0.25
        case .real: 4 * random.uniform() - 3
        }
    }

    private static func limits(_ random: inout SeededGenerator, _ experts: Int, _ isWhole: Bool) -> SelectionLimits {
        var limits = SelectionLimits()
        if random.below(3) > 0 { limits.energy = Joules(isWhole ? Double(random.below(14)) : random.uniform() * 25) }
        if random.below(3) == 0 { limits.power = Watts(random.uniform() * 12) }
        if random.below(3) == 0 { limits.latency["a"] = Milliseconds(random.uniform() * 110) }
        if random.below(4) == 0 { limits.latency["b"] = Milliseconds(Double(random.below(5))) }
        if random.below(3) == 0 { limits.maximumExperts = random.below(experts + 1) }
        return limits
    }
}
