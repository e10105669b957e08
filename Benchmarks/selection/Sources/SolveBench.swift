import MoE2Selection

/// Times proofs over several seeds, and what is known when a solve is cut short.
struct SolveBench {
    private static let deadlines = [10, 50, 100, 1000]

    private let instance: InstanceGenerator
    private let seeds: Int
    private let limit: Double
    private let showsGaps: Bool

    init(_ options: Options) throws {
        instance = try options.generator()
        seeds = max(1, try options.count("seeds", 20))
        limit = try options.number("ms", 10_000)
        showsGaps = try options.count("gaps", 1) > 0
    }

    func run() throws {
        var generator = instance
        var (times, nodes, canonical): ([Double], [Double], Int) = ([], [], 0)
        var open: [Double] = []
        var gaps = Self.deadlines.map { _ in [Double]() }
        for seed in 0..<seeds {
            generator.seed = UInt64(seed)
            let problem = try generator.make()
            let answer = solve(problem, limit)
            if answer.status == .optimal {
                times.append(answer.time.milliseconds)
                nodes.append(Double(answer.nodes))
                if answer.isCanonical { canonical += 1 }
            } else {
                open.append(answer.gap)
            }
            guard CertificateChecker(problem).faults(answer).isEmpty else { throw WrongAnswer(seed: seed) }
            guard showsGaps else { continue }
            for (place, deadline) in Self.deadlines.enumerated() {
                let isDone = answer.status == .optimal && answer.time.milliseconds <= Double(deadline)
                gaps[place].append(isDone ? 0 : solve(problem, Double(deadline)).gap)
            }
        }
        let times50 = Quantiles(times)
        var cells = [
            generator.family.rawValue, "\(generator.experts)", "\(generator.prompts)", "\(times.count)/\(seeds)",
            "\(canonical)", Table.number(times50.at(0.5)), Table.number(times50.at(0.99)),
            Table.number(Quantiles(nodes).at(0.5)),
        ]
        if showsGaps {
            cells += gaps.map { "\(Table.percent(Quantiles($0).at(0.5))) / \(Table.percent(Quantiles($0).at(1)))" }
        }
        cells.append(open.isEmpty ? "" : Table.percent(Quantiles(open).at(1)))
        Table.row(cells)
    }

    private func solve(_ problem: SelectionProblem, _ limit: Double) -> Certificate {
        let deadline = Duration.microseconds(Int64(limit * 1000))
        return SelectionSolver(SolveOptions(now: ThreadClock.now, deadline: deadline)).solve(problem)
    }
}

struct WrongAnswer: Error {
    var seed: Int
}
