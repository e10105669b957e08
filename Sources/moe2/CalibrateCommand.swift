import ArgumentParser
import MoE2Calibration
import MoE2Core
import MoE2Data
import MoE2Gating
import MoE2Transport
import MoE2Wire

/// `moe2 calibrate`: asks the live fleet a calibration set and stores the outcomes.
struct CalibrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calibrate",
        abstract:
            "Ask every expert of the fleet a set of prompts and store the outcomes with measured time and energy.",
        discussion: """
            Prompts with options and a right letter yield choices (log-probabilities, the default) or votes; prompts with an
            'answer' in words yield scores: 1 if the expert writes the same answer, 0 otherwise.

            Every outcome is stored as it comes. After a kill run the same command again: it asks only for what is missing.
            'moe2 train' reads the file.

            Exit codes: those of 'moe2 query'; 1 when some pairs of prompt and expert have no outcome.
            """
    )

    @Option(help: "Prompts: JSON lines, plain or gzip.")
    var prompts: String

    @Option(help: "The outcomes file to write or to go on with (CSV).")
    var out: String

    @Option(help: "Ask only the prompts of this split; 'all' for every prompt.")
    var split = "all"

    @Option(help: "Comma-separated experts to ask. Default: every expert of the fleet that can answer.")
    var experts: String?

    @Option(
        help: "What to store: choice, vote or score. Default: choice where all prompts have options, score otherwise."
    )
    var kind: String?

    @Option(help: "Queries on their way at a time.")
    var parallel = 4

    @Option(name: .long, help: "The most tokens an expert may write.")
    var maxTokens = 512

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        guard (1...256).contains(parallel) else { throw ValidationError("--parallel: a number of 1 to 256 is needed") }
        guard maxTokens > 0 else { throw ValidationError("--max-tokens: a number above 0 is needed") }
        if let kind, Self.kinds[kind] == nil {
            throw ValidationError("--kind: '\(kind)' is none of choice, vote, score")
        }
    }

    private static let kinds: [String: AnswerKind] = ["choice": .choice, "vote": .vote, "score": .score]

    func run() async throws {
        let list = try PromptFile.read(prompts).filter { split == "all" || $0.split == split }
        let format = try CalibrationFormat(prompts: list, kind: kind.flatMap { Self.kinds[$0] })
        let (out, wanted, maxTokens, parallel) = (out, experts, maxTokens, parallel)
        try await GateSession.run(connection) { caller in
            let fleet = try await caller.call(FleetMethods.snapshot, FleetRequest(), timeout: .seconds(10))
            let experts = try CalibrationPool.experts(wanted, of: fleet, kind: format.kind)
            let log = try CalibrationLog.open(out, header: format.header)
            var settings = CalibrationRun.Settings()
            settings.parallel = parallel
            settings.maxTokens = maxTokens
            let run = CalibrationRun(format: format, settings: settings) { try await caller.answer($0) }
            var bar = ProgressBar(title: "calibrate")
            defer { bar.end() }
            let failures = try await run.run(prompts: list, experts: experts, log: log) { progress in
                let failed = progress.failed > 0 ? "\(progress.failed) failed, " : ""
                bar.draw(
                    done: progress.done + progress.failed,
                    total: progress.total,
                    detail: "\(failed)\(Decimals.fixed(progress.energy.joules, 1)) J"
                )
            }
            bar.end()
            for failure in failures.prefix(5) {
                StandardStreams.note("prompt '\(failure.pair.prompt)', '\(failure.pair.model)': \(failure.error)")
            }
            guard failures.isEmpty else {
                StandardStreams.note("\(failures.count) pairs have no outcome: run the command again to ask for them")
                throw ClientExit.failed
            }
            try StandardStreams.write("\(log.done.count) outcomes of \(experts.count) experts in \(out)\n")
        }
    }
}
