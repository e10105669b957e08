import ArgumentParser
import MoE2Client
import MoE2Core
import MoE2Transport
import MoE2Wire

/// `moe2 chat`: a conversation on the terminal.
struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat",
        abstract: "Talk with the fleet; every turn goes to the expert that suits it best.",
        discussion: "Type a line and press Enter. /new starts over, /quit or Ctrl-D ends. Ctrl-C stops an answer."
    )

    @Option(name: .long, help: "Instructions that go before the conversation.")
    var system: String?

    @Flag(name: .long, help: "Print who answered and what it cost after every turn.")
    var explain = false

    @OptionGroup(title: "Query options") var options: QueryOptions
    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run() async throws {
        let opening = system.map { [Message(role: .system, content: $0)] } ?? []
        let (options, explain) = (options, explain)
        // Options are checked before the first turn, not after it.
        _ = try options.query(id: QueryID.random(), messages: opening, explain: explain)
        try await GateSession.run(connection) { caller in
            var messages = opening
            while let line = prompt() {
                switch line {
                case "": continue
                case "/quit": return
                case "/new": messages = opening
                default:
                    messages.append(Message(role: .user, content: line))
                    let query = try options.query(id: QueryID.random(), messages: messages, explain: explain)
                    if let text = try await turn(query, caller, explain: explain) {
                        messages.append(Message(role: .assistant, content: text))
                    } else {
                        messages.removeLast()
                    }
                }
            }
        }
    }
}

private func prompt() -> String? {
    if StandardStreams.outputIsTerminal { try? StandardStreams.write("> ") }
    return readLine()
}

/// One turn. An error ends the turn, not the conversation.
/// - Returns: the answer's text; nil when there is none.
private func turn(_ query: Query, _ caller: any Caller, explain: Bool) async throws -> String? {
    let printer = AnswerPrinter(query: query, json: false, explain: explain)
    do {
        var text: String?
        for try await event in caller.stream(QueryMethods.ask, query, timeout: QueryTimeout.of(query)) {
            try printer.print(event)
            if case .done(let answer) = event { text = answer.text }
        }
        return text
    } catch let error as StatusError where error.code != .cancelled {
        StandardStreams.note("error: \(error.message)")
        return nil
    }
}
