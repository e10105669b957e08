public import MoE2Core

/// An expert doing one kind of task for one category: what costs are learned of.
public struct CostLane: Hashable, Sendable {
    /// Who executes.
    public var expert: ExpertID
    /// What it is asked for: scoring costs other than writing.
    public var task: Shard.Task
    /// The category of the queries.
    public var category: Category

    /// A lane of these.
    public init(expert: ExpertID, task: Shard.Task, category: Category) {
        self.expert = expert
        self.task = task
        self.category = category
    }
}
