import Glibc
import MoE2Selection

@main
enum Main {
    static func main() throws {
        let arguments = CommandLine.arguments
        if arguments.count > 3, arguments[1] == "show" {
            return try Fuzz.show(Int(arguments[2]) ?? 0, seed: UInt64(arguments[3]) ?? 0)
        }
        if arguments.count > 3, arguments[1] == "fuzz" {
            return try Fuzz.run(Int(arguments[2]) ?? 0, seed: UInt64(arguments[3]) ?? 0)
        }
        if arguments.count > 5, arguments[1] == "events", let family = Family(rawValue: arguments[2]),
            let experts = Int(arguments[3]), let prompts = Int(arguments[4]), let events = Int(arguments[5])
        {
            let instance = InstanceGenerator(family: family, experts: experts, prompts: prompts, seed: 1)
            return try EventBench(instance: instance, events: events).run()
        }
        guard arguments.count > 4, let family = Family(rawValue: arguments[1]), let experts = Int(arguments[2]),
            let prompts = Int(arguments[3]), let seeds = Int(arguments[4])
        else { return }
        func option(_ name: String) -> Double? {
            arguments.firstIndex(of: name).flatMap { $0 + 1 < arguments.count ? Double(arguments[$0 + 1]) : nil }
        }
        var times: [Double] = []
        for seed in 0..<seeds {
            var generator = InstanceGenerator(family: family, experts: experts, prompts: prompts, seed: UInt64(seed))
            generator.tightness = option("--tight") ?? 0.2
            generator.teamSize = Int(option("--k") ?? 0)
            generator.temperature = option("--T") ?? 0
            generator.maximumExperts = Int(option("--max") ?? 0)
            let problem = try generator.make()
            var best: Certificate?
            for _ in 0..<Int(option("--repeat") ?? 1) {
                let solver = SelectionSolver(
                    SolveOptions(now: cpu, deadline: option("--ms").map { .milliseconds(Int($0)) })
                )
                let answer = solver.solve(problem)
                if best.map({ answer.time < $0.time }) ?? true { best = answer }
            }
            guard let answer = best else { continue }
            let ms = Double(answer.time.components.attoseconds) / 1e15 + Double(answer.time.components.seconds) * 1000
            times.append(ms)
            print(
                seed,
                answer.status,
                "n=\(answer.set.count)",
                answer.value,
                "gap",
                answer.gap,
                "nodes",
                answer.nodes,
                "ms",
                ms,
                answer.isCanonical,
                CertificateChecker(problem).faults(answer)
            )
        }
        times.sort()
        print(
            "p50",
            times[times.count / 2],
            "p90",
            times[min(times.count - 1, times.count * 9 / 10)],
            "max",
            times[times.count - 1]
        )
    }

    static func cpu() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
