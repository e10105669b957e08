import MoE2Selection

/// Times whole frontiers of quality against energy.
struct FrontierBench {
    private let instance: InstanceGenerator
    private let points: Int
    private let seeds: Int

    init(_ options: Options) throws {
        instance = try options.generator()
        points = try options.count("points", 50)
        seeds = max(1, try options.count("seeds", 10))
    }

    func run() throws {
        var generator = instance
        var (times, corners): ([Double], [Double]) = ([], [])
        for seed in 0..<seeds {
            generator.seed = UInt64(seed)
            let problem = try generator.make()
            let began = ThreadClock.now()
            let frontier = Frontier.energy(problem, points: points, options: SolveOptions(now: ThreadClock.now))
            times.append((ThreadClock.now() - began).milliseconds)
            corners.append(Double(frontier.points.count))
        }
        let (time, corner) = (Quantiles(times), Quantiles(corners))
        Table.row([
            generator.family.rawValue, "\(generator.experts)", "\(generator.prompts)", "\(seeds)", "\(points)",
            Table.number(corner.at(0.5)), Table.number(time.at(0.5)), Table.number(time.at(1)),
        ])
    }
}
