/// The lines of a batch that one expert executes.
public struct BatchShard: Hashable, Sendable, Codable {
    /// The expert; nil for lines that a team answers.
    public var expert: ExpertID?
    /// Its lines, done ones included.
    public var lines: Int
    /// Lines that have a result.
    public var done: Int
    /// Lines that it works on.
    public var running: Int

    /// A shard with these figures.
    public init(expert: ExpertID?, lines: Int, done: Int, running: Int) {
        self.expert = expert
        self.lines = lines
        self.done = done
        self.running = running
    }
}
