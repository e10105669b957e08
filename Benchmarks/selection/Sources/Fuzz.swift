import MoE2Selection

/// Random small problems with every kind of limit, against enumeration.
enum Fuzz {
    static func problem(_ random: inout SplitMix64) throws -> SelectionProblem {
        func pick(_ range: Int) -> Int { Int(random.next() % UInt64(range)) }
        let experts = 1 + pick(11)
        let prompts = [1, 3, 8, 33, 60][pick(5)]
        let hosts = 1 + pick(4)
        let style = pick(5)
        var rows = (0..<prompts).map { _ in
            (0..<experts).map { _ -> Double in
                switch style {
                case 0: random.uniform() < 0.4 ? 1 : 0
                case 1: Double(pick(4))
                case 2: 0.25
                default: random.normal()
                }
            }
        }
        if experts > 2, pick(4) == 0 { for row in rows.indices { rows[row][1] = rows[row][0] } }
        let costs = pick(3)
        func cost() -> Double {
            costs == 0 ? Double(1 + pick(3)) : costs == 1 ? random.uniform() * 10 : pick(2) == 0 ? 0 : random.uniform()
        }
        let list = (0..<experts).map { expert in
            SelectionExpert(
                id: "e\((expert * 7 + 3) % 100)",
                host: pick(5) == 0 ? nil : "h\(pick(hosts))",
                energy: Joules(cost()),
                memory: Megabytes(cost()),
                latency: pick(2) == 0
                    ? ["a": Milliseconds(random.uniform() * 100)]
                    : ["a": 50, "b": Milliseconds(random.uniform() * 100)]
            )
        }
        let hostList = (0..<hosts).map {
            SelectionHost(
                id: "h\($0)",
                activation: Joules(pick(2) == 0 ? 0 : cost()),
                idle: Watts(cost()),
                memory: pick(2) == 0 ? nil : Megabytes(random.uniform() * 20)
            )
        }
        var limits = SelectionLimits()
        if pick(3) > 0 { limits.energy = Joules(costs == 0 ? Double(1 + pick(14)) : random.uniform() * 25) }
        if pick(3) == 0 { limits.power = Watts(random.uniform() * 12) }
        if pick(3) == 0 { limits.latency["a"] = Milliseconds(random.uniform() * 110) }
        if pick(4) == 0 { limits.latency["b"] = Milliseconds(random.uniform() * 110) }
        if pick(3) == 0 { limits.maximumExperts = pick(experts + 1) }
        let ids = list.map(\.id)
        func some(_ count: Int) -> [String] { (0..<count).map { _ in ids[pick(ids.count)] } }
        return try SelectionProblem(
            scores: try ScoreTable(rows: rows, experts: experts),
            weights: pick(2) == 0
                ? nil : (0..<prompts).map { _ in style < 3 ? Double(1 + pick(3)) : random.uniform() + 1e-3 },
            temperature: [0, 0, 0, 0.003, 0.3, 2][pick(6)],
            teamSize: [1, 1, 2, 3, experts][pick(5)],
            experts: list,
            hosts: hostList,
            limits: limits,
            required: pick(6) == 0 ? some(1) : [],
            forbidden: pick(5) == 0 ? some(1) : [],
            exclusive: pick(3) == 0 ? [some(2), some(3)] : []
        )
    }

    static func run(_ count: Int, seed: UInt64) throws {
        var wrong = 0, ties = 0, infeasible = 0, nodes = 0
        for index in 0..<count {
            var random = SplitMix64(seed: seed &* 1_000_000 &+ UInt64(index))
            let problem = try problem(&random)
            let options = SolveOptions(now: ThreadClock.now)
            let brute = try BruteForce(options).solve(problem)
            let answer = SelectionSolver(options).solve(problem)
            nodes += answer.nodes
            if brute.status == .infeasible { infeasible += 1 }
            let isSame = brute.status == answer.status && abs(brute.value - answer.value) <= 1e-9
            let faults = CertificateChecker(problem).faults(answer)
            if !isSame || !faults.isEmpty {
                wrong += 1
                print(
                    "wrong",
                    index,
                    brute.status,
                    brute.set,
                    brute.value,
                    "got",
                    answer.status,
                    answer.set,
                    answer.value,
                    answer.bound,
                    faults,
                    "T",
                    problem.temperature,
                    "k",
                    problem.teamSize,
                    "M",
                    problem.scores.prompts
                )
            } else if brute.set != answer.set {
                ties += 1
                if ties < 10 {
                    print(
                        "tie",
                        index,
                        brute.set,
                        answer.set,
                        brute.value,
                        answer.value,
                        problem.energy(of: brute.set),
                        problem.energy(of: answer.set),
                        answer.isCanonical,
                        "T",
                        problem.temperature
                    )
                }
            }
            if wrong > 5 { break }
        }
        print("wrong", wrong, "other set", ties, "infeasible", infeasible, "of", count, "nodes", nodes)
    }
}
