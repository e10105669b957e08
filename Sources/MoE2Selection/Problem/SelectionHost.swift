/// A host that carries experts. A host that an expert names and nobody describes costs nothing and has no limit.
public struct SelectionHost: Hashable, Sendable {
    /// Its name, unique in the problem.
    public var id: String
    /// What a query costs more when an expert of this host is in the set.
    public var activation: Joules
    /// What the fleet draws more when an expert of this host is in the set.
    public var idle: Watts
    /// The memory that its selected experts share; nil when not limited.
    public var memory: Megabytes?

    /// A host with the given costs.
    public init(id: String, activation: Joules = 0, idle: Watts = 0, memory: Megabytes? = nil) {
        self.id = id
        self.activation = activation
        self.idle = idle
        self.memory = memory
    }
}
