import MoE2Core

/// What an answer consists of besides its text: log-probabilities, tool calls and other members of the message, put
/// together from the pieces that the expert wrote.
struct AnswerParts: Sendable {
    private struct ToolCall: Sendable {
        var id = ""
        var name = ""
        var arguments = ""
    }

    private var toolCalls: [ToolCall] = []
    private var texts: [(name: String, text: String)] = []
    /// The entries of `logprobs.content`, each as JSON.
    private(set) var logProbabilities: [String] = []

    /// The most tool calls of one answer.
    private static let maximumToolCalls = 128

    /// Whether pieces said anything besides text.
    var isEmpty: Bool { toolCalls.isEmpty && texts.isEmpty && logProbabilities.isEmpty }

    var hasToolCalls: Bool { !toolCalls.isEmpty }

    /// Adds what `chunk` carries. What cannot be read is left out: it came from a model server, not from the client.
    mutating func add(_ chunk: ShardChunk) {
        if !chunk.extensionsJSON.isEmpty, let document = try? JSONDocument(Array(chunk.extensionsJSON.utf8)) {
            add(delta: document)
        }
        if !chunk.logProbabilitiesJSON.isEmpty,
            let document = try? JSONDocument(Array(chunk.logProbabilitiesJSON.utf8)),
            case .array(let entries)? = document.root["content"]?.kind
        {
            logProbabilities += entries.map(document.text(of:))
        }
    }

    private mutating func add(delta document: JSONDocument) {
        guard case .object(let members) = document.root.kind else { return }
        for (name, value) in members {
            switch value.kind {
            case .array(let calls) where name == "tool_calls":
                for (position, call) in calls.enumerated() { add(call, position) }
            case .string(let text) where name != "role" && name != "content":
                if let index = texts.firstIndex(where: { $0.name == name }) {
                    texts[index].text += text
                } else {
                    texts.append((name, text))
                }
            default: break
            }
        }
    }

    private mutating func add(_ call: JSONValue, _ position: Int) {
        var index = position
        if case .number(let number)? = call["index"]?.kind, let whole = Int(exactly: number) { index = whole }
        guard (0..<Self.maximumToolCalls).contains(index) else { return }
        while toolCalls.count <= index { toolCalls.append(ToolCall()) }
        if case .string(let id)? = call["id"]?.kind { toolCalls[index].id = id }
        if case .string(let name)? = call["function"]?["name"]?.kind { toolCalls[index].name += name }
        if case .string(let text)? = call["function"]?["arguments"]?.kind { toolCalls[index].arguments += text }
    }

    /// Writes the members of the message.
    func write(to writer: inout JSONWriter) {
        for (name, text) in texts {
            writer.name(name)
            writer.value(text)
        }
        guard hasToolCalls else { return }
        writer.array("tool_calls") { writer in
            for call in toolCalls {
                writer.object { writer in
                    writer.member("id", call.id)
                    writer.member("type", "function")
                    writer.object("function") { writer in
                        writer.member("name", call.name)
                        writer.member("arguments", call.arguments)
                    }
                }
            }
        }
    }
}
