import ArgumentParser
import MoE2Data
import MoE2Gating

/// The options that name prompts, outcomes and a pool.
struct CalibrationInput: ParsableArguments {
    @Option(help: "Prompts: JSON lines, plain or gzip.")
    var prompts: String

    @Option(help: "Outcomes: CSV, plain or gzip.")
    var outcomes: String

    @Option(help: "Comma-separated names of the experts; all experts of the outcomes by default.")
    var pool: String?

    /// The names in `pool`.
    var names: [String]? {
        pool.map { $0.split(separator: ",").map { $0.trimmingPrefix(while: \.isWhitespace) }.map(Self.trimmed) }
    }

    /// Reads and joins the files; `names` overrides the pool.
    func read(names: [String]? = nil) throws -> CalibrationSet {
        let outcomes = try OutcomeFile.read(outcomes)
        return try outcomes.join(try PromptFile.read(prompts), pool: names ?? self.names)
    }

    private static func trimmed(_ name: Substring) -> String {
        var name = name
        while name.last?.isWhitespace == true { name.removeLast() }
        return String(name)
    }
}
