import MoE2Selection

/// Measures how long a solve can go without a look at its cancellation: the longest CPU time between two looks, or from the last one to
/// the answer. The clock that a deadline makes the solver read at every look stands in for the flag.
struct CancelBench {
    private final class Looks {
        var last = ThreadClock.now()
        var longest = Duration.zero

        func look() -> Duration {
            let now = ThreadClock.now()
            longest = max(longest, now - last)
            last = now
            return now
        }
    }

    private let instance: InstanceGenerator
    private let seeds: Int

    init(_ options: Options) throws {
        instance = try options.generator()
        seeds = max(1, try options.count("seeds", 10))
    }

    func run() throws {
        var generator = instance
        var gaps: [Double] = []
        for seed in 0..<seeds {
            generator.seed = UInt64(seed)
            let problem = try generator.make()
            let looks = Looks()
            _ = SelectionSolver(SolveOptions(now: looks.look, deadline: .seconds(2))).solve(problem)
            _ = looks.look()
            gaps.append(looks.longest.milliseconds)
        }
        let gap = Quantiles(gaps)
        Table.row([
            generator.family.rawValue, "\(generator.experts)", "\(generator.prompts)", "\(seeds)",
            Table.number(gap.at(0.5)), Table.number(gap.at(1)),
        ])
    }
}
