/// How far a batch is.
public struct BatchStatus: Hashable, Sendable, Codable {
    /// Where a batch is in its life.
    public enum State: UInt32, Hashable, Sendable, Codable, CaseIterable, CustomStringConvertible {
        /// Lines are being appended.
        case receiving = 0
        /// The fleet works on it.
        case running = 1
        /// Every line has a result.
        case done = 2
        /// Its client gave it up.
        case cancelled = 3
        /// Its limits cannot be met; nothing was done.
        case refused = 4

        public var description: String {
            switch self {
            case .receiving: "receiving"
            case .running: "running"
            case .done: "done"
            case .cancelled: "cancelled"
            case .refused: "refused"
            }
        }

        /// Whether nothing more will happen to the batch.
        public var isFinal: Bool {
            switch self {
            case .receiving, .running: false
            case .done, .cancelled, .refused: true
            }
        }
    }

    /// Its name.
    public var id: BatchID
    /// Where it is in its life.
    public var state: State
    /// Why it was refused or cut short; empty when it was not.
    public var detail: String
    /// Its lines.
    public var lines: Int
    /// Lines that the gate has.
    public var received: Int
    /// Lines that were answered.
    public var answered: Int
    /// Lines that failed for good.
    public var failed: Int
    /// What it cost so far.
    public var energy: Energy
    /// Where `energy` comes from.
    public var energySource: Provenance
    /// How long the fleet has worked on it, over all runs of the gate.
    public var elapsed: Duration
    /// How long it will still take; nil when not known.
    public var left: Duration?
    /// The work of every expert.
    public var shards: [BatchShard]

    /// A status with these figures.
    public init(
        id: BatchID,
        state: State,
        detail: String = "",
        lines: Int,
        received: Int = 0,
        answered: Int = 0,
        failed: Int = 0,
        energy: Energy = .zero,
        energySource: Provenance = .unknown,
        elapsed: Duration = .zero,
        left: Duration? = nil,
        shards: [BatchShard] = []
    ) {
        self.id = id
        self.state = state
        self.detail = detail
        self.lines = lines
        self.received = received
        self.answered = answered
        self.failed = failed
        self.energy = energy
        self.energySource = energySource
        self.elapsed = elapsed
        self.left = left
        self.shards = shards
    }

    /// Lines that have a result.
    public var finished: Int { answered + failed }
}
