public import MoE2Core

/// Where an expert's model server runs that is not the agent's own.
public struct OpenAISettings: Hashable, Sendable {
    /// The expert.
    public var expert: ExpertID
    /// The server's address, such as `http://127.0.0.1:8000`; a `/v1` at the end is ignored.
    public var url: String
    /// The name of the model; nil takes the server's only one.
    public var model: String?
    /// Goes with every request.
    public var apiKey: String?
    /// The context in tokens; nil takes what the server says.
    public var context: Int?
    /// How choices are scored; nil finds out.
    public var scoring: ChoiceScoring?
    /// Whether the server can embed text.
    public var embeds: Bool

    /// Settings for `expert` behind the server at `url`.
    public init(
        expert: ExpertID,
        url: String,
        model: String? = nil,
        apiKey: String? = nil,
        context: Int? = nil,
        scoring: ChoiceScoring? = nil,
        embeds: Bool = false
    ) {
        self.expert = expert
        self.url = url
        self.model = model
        self.apiKey = apiKey
        self.context = context
        self.scoring = scoring
        self.embeds = embeds
    }

    /// `url` without a slash or `/v1` at the end.
    var base: String {
        var base = url[...]
        while base.last == "/" { base.removeLast() }
        if base.hasSuffix("/v1") { base.removeLast(3) }
        while base.last == "/" { base.removeLast() }
        return String(base)
    }
}
