/// What an expert can take on at present, as its agent measured it.
public struct ExpertCapacity: Hashable, Sendable, Codable {
    /// Whether the expert's model server can be used.
    public enum State: UInt32, Hashable, Sendable, Codable, CaseIterable, CustomStringConvertible {
        /// The server starts or loads its model.
        case starting = 0
        /// It answers.
        case ready = 1
        /// It does not answer or fails.
        case failed = 2
        /// It is stopped on purpose.
        case stopped = 3

        public var description: String {
            switch self {
            case .starting: "starting"
            case .ready: "ready"
            case .failed: "failed"
            case .stopped: "stopped"
            }
        }
    }

    /// The expert.
    public var expert: ExpertID
    /// Whether its server can be used.
    public var state: State
    /// Why it cannot be used; empty when it can.
    public var detail: String
    /// Slots in all.
    public var slots: Int
    /// Slots that work at present.
    public var busySlots: Int
    /// Shards that wait for a slot on the agent.
    public var queued: Int
    /// Prompt tokens read per second; 0 when not known yet.
    public var prefillRate: Double
    /// Tokens written per second and slot; 0 when not known yet.
    public var decodeRate: Double
    /// Where the two rates come from.
    public var rateSource: Provenance
    /// Power above idle while it works.
    public var activePower: Power
    /// Energy per token written; 0 when not known yet.
    public var energyPerToken: Energy
    /// Where `activePower` and `energyPerToken` come from.
    public var energySource: Provenance

    /// The capacity of `expert` with the given figures.
    public init(
        expert: ExpertID,
        state: State,
        detail: String = "",
        slots: Int = 1,
        busySlots: Int = 0,
        queued: Int = 0,
        prefillRate: Double = 0,
        decodeRate: Double = 0,
        rateSource: Provenance = .unknown,
        activePower: Power = .zero,
        energyPerToken: Energy = .zero,
        energySource: Provenance = .unknown
    ) {
        self.expert = expert
        self.state = state
        self.detail = detail
        self.slots = slots
        self.busySlots = busySlots
        self.queued = queued
        self.prefillRate = prefillRate
        self.decodeRate = decodeRate
        self.rateSource = rateSource
        self.activePower = activePower
        self.energyPerToken = energyPerToken
        self.energySource = energySource
    }
}
