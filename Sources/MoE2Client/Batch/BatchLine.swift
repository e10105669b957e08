import FoundationEssentials
public import MoE2Core

/// One line of a batch's input: a JSON object with a prompt or a conversation, and what a query may say besides.
public struct BatchLine: Decodable, Hashable, Sendable {
    /// The line's name in the output; nil leaves it out there.
    public var id: String?
    private var messages: [Message]
    private var category: Category?
    private var mode: AnswerMode
    private var teamSize: Int?
    private var choices: [String]
    private var decoding: Decoding
    private var expert: ExpertID?

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case id, prompt, system, messages, category, mode, k, choices, expert, temperature, seed, stop
        case maxTokens = "max_tokens"
        case topP = "top_p"
    }

    private struct Turn: Decodable {
        var role: String
        var content: String
    }

    private struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Reads a line of JSON.
    /// - Throws: `invalidArgument` that says what is wrong with it.
    public static func parse(_ text: String) throws(StatusError) -> BatchLine {
        do {
            return try JSONDecoder().decode(BatchLine.self, from: Data(text.utf8))
        } catch let error as StatusError {
            throw error
        } catch let error as DecodingError {
            throw StatusError(.invalidArgument, explained(error))
        } catch {
            throw StatusError(.invalidArgument, "it is no JSON object such as {\"prompt\": \"2+2\"}")
        }
    }

    public init(from decoder: any Decoder) throws {
        let known = Set(CodingKeys.allCases.map(\.rawValue))
        let strangers = try decoder.container(keyedBy: AnyKey.self).allKeys.map(\.stringValue)
            .filter { !known.contains($0) }.sorted()
        guard strangers.isEmpty else {
            throw StatusError(
                .invalidArgument,
                "unknown key '\(strangers[0])'; known are \(known.sorted().joined(separator: ", "))"
            )
        }
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.decodeIfPresent(String.self, forKey: .id)
        messages = try Self.messages(values)
        category = try values.decodeIfPresent(Category.self, forKey: .category)
        choices = try values.decodeIfPresent([String].self, forKey: .choices) ?? []
        mode = choices.isEmpty ? .route : .choice
        if let name = try values.decodeIfPresent(String.self, forKey: .mode) {
            guard let named = AnswerMode(name: name) else {
                throw StatusError(
                    .invalidArgument,
                    "mode: '\(name)' is no answer mode; use route, choice, vote or best"
                )
            }
            mode = named
        }
        teamSize = try values.decodeIfPresent(Int.self, forKey: .k)
        expert = try values.decodeIfPresent(ExpertID.self, forKey: .expert)
        decoding = Decoding(
            maxTokens: try values.decodeIfPresent(Int.self, forKey: .maxTokens) ?? 512,
            temperature: try values.decodeIfPresent(Double.self, forKey: .temperature) ?? 0,
            topP: try values.decodeIfPresent(Double.self, forKey: .topP) ?? 1,
            seed: try values.decodeIfPresent(Int64.self, forKey: .seed),
            stop: try values.decodeIfPresent([String].self, forKey: .stop) ?? []
        )
    }

    /// The query that the line asks, called `id`.
    public func query(id: QueryID) -> Query {
        Query(
            id: id,
            messages: messages,
            category: category,
            mode: mode,
            teamSize: teamSize,
            choices: choices,
            decoding: decoding,
            expert: expert
        )
    }

    private static func messages(_ values: KeyedDecodingContainer<CodingKeys>) throws -> [Message] {
        let prompt = try values.decodeIfPresent(String.self, forKey: .prompt)
        let turns = try values.decodeIfPresent([Turn].self, forKey: .messages)
        let system = try values.decodeIfPresent(String.self, forKey: .system)
        let opening = system.map { [Message(role: .system, content: $0)] } ?? []
        switch (prompt, turns) {
        case (let prompt?, nil):
            return opening + [Message(role: .user, content: prompt)]
        case (nil, let turns?):
            return opening
                + (try turns.map { turn in
                    guard let role = Message.Role.allCases.first(where: { $0.description == turn.role }) else {
                        throw StatusError(
                            .invalidArgument,
                            "messages: '\(turn.role)' is no role; use system, user, assistant or tool"
                        )
                    }
                    return Message(role: role, content: turn.content)
                })
        default:
            throw StatusError(.invalidArgument, "it needs either 'prompt' or 'messages'")
        }
    }

    private static func explained(_ error: DecodingError) -> String {
        switch error {
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            return path.isEmpty ? "it is no JSON object such as {\"prompt\": \"2+2\"}" : "\(path): of the wrong type"
        case .keyNotFound(let key, _): return "'\(key.stringValue)' is missing"
        default: return "it is no JSON object such as {\"prompt\": \"2+2\"}"
        }
    }
}
