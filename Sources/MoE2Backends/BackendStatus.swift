public import MoE2Core

/// The state of a model server and what is known of its model.
public struct BackendStatus: Hashable, Sendable {
    /// Whether it can be used.
    public var state: ExpertCapacity.State
    /// Why it cannot be used; empty when it can.
    public var detail: String
    /// What is known of its model.
    public var facts: ModelFacts

    /// A status with these parts.
    public init(state: ExpertCapacity.State, detail: String = "", facts: ModelFacts = ModelFacts()) {
        self.state = state
        self.detail = detail
        self.facts = facts
    }
}
