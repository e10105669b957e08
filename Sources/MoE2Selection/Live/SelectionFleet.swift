/// What can change of a problem while its prompts stay: the experts, their costs, and the limits.
public struct SelectionFleet: Hashable, Sendable {
    /// The experts that are there, in any order.
    public var experts: [SelectionExpert]
    /// Their hosts.
    public var hosts: [SelectionHost]
    /// The budgets.
    public var limits: SelectionLimits
    /// Names of experts that must be in the set.
    public var required: [String]
    /// Names of experts that must not be in the set.
    public var forbidden: [String]
    /// Groups of names; at most one expert of each group may be in the set.
    public var exclusive: [[String]]

    /// A fleet with the given parts.
    public init(
        experts: [SelectionExpert],
        hosts: [SelectionHost] = [],
        limits: SelectionLimits = SelectionLimits(),
        required: [String] = [],
        forbidden: [String] = [],
        exclusive: [[String]] = []
    ) {
        self.experts = experts
        self.hosts = hosts
        self.limits = limits
        self.required = required
        self.forbidden = forbidden
        self.exclusive = exclusive
    }

    /// The fleet of `problem`.
    public init(_ problem: SelectionProblem) {
        self.init(
            experts: problem.present.map { problem.experts[$0] },
            hosts: problem.hosts,
            limits: problem.limits,
            required: problem.required,
            forbidden: problem.forbidden,
            exclusive: problem.exclusive
        )
    }
}
