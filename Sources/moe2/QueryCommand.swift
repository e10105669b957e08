import ArgumentParser
import MoE2Client
import MoE2Core
import MoE2Transport
import MoE2Wire

/// `moe2 query`: one prompt, one answer.
struct QueryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "query",
        abstract: "Ask the fleet; the answer is streamed to standard output.",
        discussion: """
            The gate picks the team of experts with the best expected answer that the budgets allow.

              moe2 query "What is 37+48?"
              moe2 query --max-energy 20J --max-latency 800ms "Summarise …"
              moe2 query --choice Paris --choice Rome "What is the capital of Italy?"
              moe2 query --explain "rev abcde"
              echo "a long prompt" | moe2 query -

            Exit codes: 0 answered, 2 the query is wrong, 3 no team fits the budgets (the message says the smallest that
            would do), 4 the gate or every expert is out of reach, 5 not allowed, 6 out of time, 130 interrupted, 1 anything
            else.
            """
    )

    @Argument(help: "The prompt; - reads it from standard input.")
    var prompt: String

    @Option(name: .long, help: "Instructions that go before the prompt.")
    var system: String?

    @Flag(name: .long, help: "Print who was considered, who was chosen and why, the expected and the measured cost.")
    var explain = false

    @Flag(name: .long, help: "Print one JSON object with the answer, the team and the costs instead of the text.")
    var json = false

    @OptionGroup(title: "Query options") var options: QueryOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run() async throws {
        let text = prompt == "-" ? readAll() : prompt
        let messages =
            (system.map { [Message(role: .system, content: $0)] } ?? []) + [Message(role: .user, content: text)]
        var query = try options.query(id: QueryID.random(), messages: messages, explain: explain)
        query.isStreamed = !json
        let (asked, json, explain) = (query, json, explain)
        try await GateSession.run(connection) { caller in
            let printer = AnswerPrinter(query: asked, json: json, explain: explain)
            for try await event in caller.stream(QueryMethods.ask, asked, timeout: QueryTimeout.of(asked)) {
                try printer.print(event)
            }
        }
    }

    private func readAll() -> String {
        var text = ""
        while let line = readLine(strippingNewline: false) { text += line }
        return text.last == "\n" ? String(text.dropLast()) : text
    }
}
