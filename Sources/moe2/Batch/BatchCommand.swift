import ArgumentParser
import MoE2Client
import MoE2Configuration
import MoE2Core
import MoE2Transport
import MoE2Wire

/// `moe2 batch`: many queries as one piece of work.
struct BatchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batch",
        abstract: "Answer a file of queries: split over the fleet, resumed by itself, results in order.",
        discussion: """
            Every line of IN is a JSON object:

              {"id": "q1", "prompt": "What is 37+48?"}
              {"id": "q2", "messages": [{"role": "user", "content": "rev abcde"}], "category": "text", "max_tokens": 32}
              {"id": "q3", "prompt": "The capital of Italy?", "choices": ["Paris", "Rome"]}

            Other keys: system, mode, k, expert, temperature, top_p, seed, stop. Every line of OUT answers the line of IN at
            the same place: {"line", "id", "answer", "experts", "finish_reason"}, or {"line", "id", "error"}.

            The gate keeps a journal. After a kill of this command, the gate or an agent, run the same command again: it goes
            on where it was, and no line is answered twice. OUT appears when it is whole; until then it is OUT.partial.

            Exit codes: 0 every line was answered, 1 some lines failed (OUT says why), 3 the limits cannot be met (the message
            says the smallest that would do); otherwise those of moe2 query.
            """
    )

    @Argument(help: ArgumentHelp("The queries, JSON lines.", valueName: "in"))
    var input: String

    @Argument(help: ArgumentHelp("Where the answers go.", valueName: "out"))
    var output: String

    @Option(
        name: .long,
        help: ArgumentHelp("The most that the whole batch may cost, such as 2kJ.", valueName: "energy")
    )
    var maxEnergy: String?

    @Option(
        name: .long,
        help: ArgumentHelp("How long the whole batch may take, such as 10m.", valueName: "duration")
    )
    var finishWithin: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The gate score, in nats, that a line may lose so that all experts finish together.",
            discussion: """
                0 (the default) sends every line to the best expert; only equally good ones share lines, and two runs give \
                the same answers.
                """,
            valueName: "nats"
        )
    )
    var trade: Double = 0

    @Flag(name: .long, help: "Add what every answer cost to its line.")
    var costs = false

    @Flag(name: .long, help: "Replace OUT when it exists.")
    var overwrite = false

    @Flag(name: .long, help: "Print the batch's final status as JSON.")
    var json = false

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func validate() throws {
        guard trade.isFinite, trade >= 0 else { throw ValidationError("--trade: must be 0 or more") }
    }

    func run() async throws {
        let energyLimit = try maxEnergy.map { try AmountOption.value("--max-energy", $0, HumanUnits.energy) }
        let timeLimit = try finishWithin.map { try AmountOption.value("--finish-within", $0, HumanUnits.duration) }
        let (inputPath, outputPath, trade, json) = (input, output, trade, json)
        let (costs, overwrite) = (costs, overwrite)
        try await GateSession.run(connection) { caller in
            let input = try BatchInput(inputPath)
            guard let id = input.id((energyLimit, timeLimit, trade)) else {
                throw StatusError(.internal, "the batch has no name")
            }
            let order = BatchOrder(
                id: id,
                lines: input.queries.count,
                energyLimit: energyLimit,
                timeLimit: timeLimit,
                trade: trade
            )
            let output = try BatchOutput(outputPath, overwrite: overwrite)
            if output.lines > order.lines { try output.clear() }
            if output.lines > 0 { StandardStreams.note("going on after \(output.lines) of \(order.lines) lines") }
            let display = BatchDisplay()
            let session = BatchSession(
                caller: caller,
                order: order,
                input: input,
                output: output,
                withCosts: costs,
                show: { display.show($0) }
            )
            let status = try await session.run()
            try output.finish()
            display.end(status)
            if json { try StandardStreams.write(try JSONOutput.render(status) + "\n") }
            // Everything is on this disk now: the gate need not keep it, and the same batch can be run again.
            _ = try? await caller.call(BatchMethods.cancel, BatchRequest(batch: id), timeout: .seconds(10))
            if status.failed > 0 { throw ClientExit.failed }
        }
    }
}
