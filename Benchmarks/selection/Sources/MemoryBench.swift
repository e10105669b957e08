import Glibc
import MoE2Selection

/// Measures the peak of resident memory during a solve.
struct MemoryBench {
    private var generator: InstanceGenerator

    init(_ options: Options) throws { generator = try options.generator() }

    func run() throws {
        let problem = try generator.make()
        let matrix = Double(problem.scores.prompts * problem.scores.experts * 8)
        Self.resetPeak()
        let before = Self.status("VmRSS")
        let answer = SelectionSolver(SolveOptions(now: ThreadClock.now, deadline: .seconds(2))).solve(problem)
        let more = Double(Self.status("VmHWM") - before)
        Table.row([
            generator.family.rawValue, "\(generator.experts)", "\(generator.prompts)",
            Table.number(matrix / 1048576), Table.number(more / 1048576), Table.number((matrix + more) / matrix),
            answer.status.rawValue,
        ])
    }

    private static func resetPeak() {
        guard let file = fopen("/proc/self/clear_refs", "w") else { return }
        fputs("5", file)
        fclose(file)
    }

    /// A line of /proc/self/status, in bytes.
    private static func status(_ name: String) -> Int {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, 256, file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix("\(name):") else { continue }
            return (Int(text.split(whereSeparator: { !$0.isNumber }).first ?? "0") ?? 0) * 1024
        }
        return 0
    }
}
