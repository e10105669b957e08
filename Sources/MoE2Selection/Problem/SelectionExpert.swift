/// An expert that may be selected, with what it costs.
public struct SelectionExpert: Hashable, Sendable {
    /// Its name, unique in the problem.
    public var id: String
    /// The host it runs on; nil when that does not matter.
    public var host: String?
    /// What one answer costs, without the activation of the host.
    public var energy: Joules
    /// What it occupies of its host's memory.
    public var memory: Megabytes
    /// Its time for one answer, by category; a category it does not name takes no time.
    public var latency: [String: Milliseconds]

    /// An expert with the given costs.
    public init(
        id: String,
        host: String? = nil,
        energy: Joules = 0,
        memory: Megabytes = 0,
        latency: [String: Milliseconds] = [:]
    ) {
        self.id = id
        self.host = host
        self.energy = energy
        self.memory = memory
        self.latency = latency
    }
}
