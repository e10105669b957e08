import MoE2Core

/// Reads the messages of a chat request, or the prompts of a completion request.
enum Conversation {
    private static let roles: [String: Message.Role] = [
        "user": .user, "system": .system, "developer": .system, "assistant": .assistant, "tool": .tool,
    ]
    /// Members of a message besides role and content that experts get to see.
    private static let passedOn: Set = ["tool_calls", "tool_call_id", "name", "reasoning_content"]

    static func messages(_ body: BodyReader) throws(APIError) -> [Message] {
        guard let objects = try body.objects("messages") else { throw body.missing("messages") }
        guard !objects.isEmpty else { throw .invalid("messages", "'messages' is empty; at least one is needed") }
        var messages: [Message] = []
        messages.reserveCapacity(objects.count)
        for object in objects { messages.append(try message(object)) }
        return messages
    }

    private static func message(_ object: BodyReader) throws(APIError) -> Message {
        guard let name = try object.string("role") else { throw object.missing("role") }
        guard let role = roles[name] else {
            throw .invalid(
                "messages",
                "unknown role '\(name.prefix(40))'; known are \(roles.keys.sorted().joined(separator: ", "))"
            )
        }
        let extensions = object.passedOn(passedOn)
        guard extensions.utf8.count <= CompletionRequest.maximumExtensionBytes else {
            throw .invalid("messages", "the tool calls of a message are too large")
        }
        return Message(role: role, content: try content(object), extensionsJSON: extensions)
    }

    /// The text: a string, nothing (an assistant that only called tools), or the texts of an array of parts.
    private static func content(_ object: BodyReader) throws(APIError) -> String {
        guard let value = object.value("content") else { return "" }
        switch value.kind {
        case .string(let text): return text
        case .array: break
        default: throw object.wrong("content", value, "a string or an array of parts")
        }
        var text = ""
        for part in try object.objects("content") ?? [] {
            let type = try part.string("type") ?? ""
            guard type == "text" || type == "input_text" else {
                throw .invalid(
                    "messages",
                    "content parts of type '\(type.prefix(40))' are not supported: experts read text only",
                    code: "unsupported_content"
                )
            }
            guard let piece = try part.string("text") else { throw part.missing("text") }
            text += piece
        }
        return text
    }

    static func prompts(_ body: BodyReader, atMost limit: Int) throws(APIError) -> [[Message]] {
        guard let value = body.value("prompt") else { throw body.missing("prompt") }
        if case .array(let elements) = value.kind, let first = elements.first, case .string = first.kind {
        } else if case .array = value.kind {
            throw .invalid("prompt", "'prompt' must be text: experts have different tokenizers, so tokens mean nothing")
        }
        let prompts = try body.strings("prompt", atMost: limit) ?? []
        guard !prompts.isEmpty else { throw .invalid("prompt", "'prompt' is empty") }
        return prompts.map { [Message(role: .user, content: $0)] }
    }
}
