/// What one member of a team answered.
public struct Candidate: Hashable, Sendable, Codable {
    /// The expert.
    public var expert: ExpertID
    /// Its gate weight.
    public var weight: Double
    /// What it wrote; empty when it scored choices or failed.
    public var text: String
    /// Its probabilities of the choices; empty unless choices were scored.
    public var choiceProbabilities: [Double]
    /// What it took.
    public var usage: Usage
    /// Why it failed; nil when it did not.
    public var error: StatusError?

    /// What `expert` answered.
    public init(
        expert: ExpertID,
        weight: Double,
        text: String = "",
        choiceProbabilities: [Double] = [],
        usage: Usage = Usage(),
        error: StatusError? = nil
    ) {
        self.expert = expert
        self.weight = weight
        self.text = text
        self.choiceProbabilities = choiceProbabilities
        self.usage = usage
        self.error = error
    }
}
