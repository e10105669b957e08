/// One message of a conversation.
public struct Message: Hashable, Sendable, Codable {
    /// Who speaks.
    public enum Role: UInt32, Hashable, Sendable, Codable, CaseIterable, CustomStringConvertible {
        /// The user.
        case user = 0
        /// Instructions to the model.
        case system = 1
        /// The model.
        case assistant = 2
        /// The result of a tool that the model called.
        case tool = 3

        public var description: String {
            switch self {
            case .user: "user"
            case .system: "system"
            case .assistant: "assistant"
            case .tool: "tool"
            }
        }
    }

    /// Who speaks.
    public var role: Role
    /// The text, UTF-8.
    public var content: String
    /// Further members of the message object as a JSON object (`tool_calls`, `tool_call_id`, `name`), or empty.
    public var extensionsJSON: String

    /// A message of `role` that says `content`.
    public init(role: Role, content: String, extensionsJSON: String = "") {
        self.role = role
        self.content = content
        self.extensionsJSON = extensionsJSON
    }
}
