import MoE2Selection

/// Measures how long a solve goes on after it was cancelled, in CPU time, at the worst moments: right after a look at the cancellation, where
/// the next look takes longest to come, and spread over the solve.
struct CancelBench {
    /// The clock that a deadline makes the solver read right after every look; it cancels at a given reading.
    private final class Looks {
        let cancellation = Cancellation()
        private let place: Int
        private var last = ThreadClock.now()
        /// The CPU time before each look.
        private(set) var gaps: [Duration] = []
        private(set) var cancelled: Duration?

        init(cancelAt place: Int) { self.place = place }

        func look() -> Duration {
            let now = ThreadClock.now()
            gaps.append(now - last)
            if gaps.count == place {
                cancellation.cancel()
                cancelled = ThreadClock.now()
            }
            last = now
            return now
        }
    }

    private let instance: InstanceGenerator
    private let seeds: Int
    private let showsPlaces: Bool

    init(_ options: Options) throws {
        instance = try options.generator()
        seeds = max(1, try options.count("seeds", 10))
        showsPlaces = try options.count("places", 0) > 0
    }

    func run() throws {
        var generator = instance
        var times: [Double] = []
        for seed in 0..<seeds {
            generator.seed = UInt64(seed)
            let problem = try generator.make()
            let whole = Looks(cancelAt: 0)
            _ = solve(problem, whole)
            let longest = whole.gaps.indices.sorted { whole.gaps[$0] > whole.gaps[$1] }.prefix(8)
            let spread = (1...12).map { $0 * whole.gaps.count / 12 }
            var worst = (time: 0.0, place: 0)
            for place in Set(longest.map { max($0, 1) } + spread.map { max($0, 1) }) {
                // The lesser of two: the work is the same, and the machine is not alone.
                let time = (0..<2).map { _ in self.time(problem, cancelAt: place) }.min() ?? 0
                if time > worst.time { worst = (time, place) }
            }
            if showsPlaces { print(seed, "worst", worst, "of", whole.gaps.count) }
            times.append(worst.time)
        }
        let time = Quantiles(times)
        Table.row([
            generator.family.rawValue, "\(generator.experts)", "\(generator.prompts)", "\(seeds)",
            Table.number(time.at(0.5)), Table.number(time.at(1)),
        ])
    }

    private func time(_ problem: SelectionProblem, cancelAt place: Int) -> Double {
        let looks = Looks(cancelAt: place)
        _ = solve(problem, looks)
        return looks.cancelled.map { (ThreadClock.now() - $0).milliseconds } ?? 0
    }

    private func solve(_ problem: SelectionProblem, _ looks: Looks) -> Certificate {
        let options = SolveOptions(now: looks.look, deadline: .milliseconds(300), cancellation: looks.cancellation)
        return SelectionSolver(options).solve(problem)
    }
}
