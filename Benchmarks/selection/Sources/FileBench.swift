import Glibc
import MoE2Selection

/// Solves an instance file five times and prints the fastest, as JSON, with the time that reading the text took.
struct FileBench {
    private static let repetitions = 5
    private static let limit = Duration.seconds(30)

    let path: String

    func run() throws {
        let bytes = try read()
        let began = ThreadClock.now()
        var reader = InstanceReader()
        let problem = try reader.read(bytes)
        let parsing = (ThreadClock.now() - began).milliseconds
        var best = solve(problem, Self.limit)
        for _ in 1..<Self.repetitions where best.time < .seconds(2) {
            let again = solve(problem, Self.limit)
            if again.time < best.time { best = again }
        }
        let gaps = [10, 100, 1000].map { deadline in
            best.status == .optimal && best.time <= .milliseconds(deadline)
                ? 0 : solve(problem, .milliseconds(deadline)).gap
        }
        guard CertificateChecker(problem).faults(best).isEmpty else { throw WrongAnswer(seed: 0) }
        let set = best.set.map { "\"\(problem.experts[$0].id)\"" }.joined(separator: ",")
        print(
            """
            {"status":"\(best.status.rawValue)","set":[\(set)],"value":\(best.value),"gap":\(best.gap),"nodes":\(best.nodes),\
            "cpu_ms":\(best.time.milliseconds),"parse_ms":\(parsing),"bytes":\(bytes.count),"gaps":\(gaps),\
            "canonical":\(best.isCanonical)}
            """
        )
    }

    private func solve(_ problem: SelectionProblem, _ deadline: Duration) -> Certificate {
        SelectionSolver(SolveOptions(now: ThreadClock.now, deadline: deadline)).solve(problem)
    }

    private func read() throws -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw SelectionError(field: "instance", "\(path) cannot be read") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }
}
