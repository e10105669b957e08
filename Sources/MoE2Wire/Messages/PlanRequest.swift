import CMoE2Protos
public import MoE2Core

/// `Fleet/Plan`: the plan of a category and the frontier of quality against a budget.
public struct PlanRequest: Equatable, WireMessage {
    /// The category; nil for the gate's default.
    public var category: MoE2Core.Category?
    /// Energy limits of the frontier, in joules.
    public var energies: [Double]
    /// Latency limits of the frontier, in milliseconds.
    public var latencies: [Double]
    /// Hosts and experts to imagine away.
    public var without: [String]
    /// Hosts and experts that are gone or drained, to imagine back.
    public var with: [String]
    /// Whether the gate chooses the limits of both frontiers.
    public var suggestsLimits: Bool

    /// A message with these fields.
    public init(
        category: MoE2Core.Category?,
        energies: [Double],
        latencies: [Double],
        without: [String],
        with: [String],
        suggestsLimits: Bool = false
    ) {
        self.category = category
        self.energies = energies
        self.latencies = latencies
        self.without = without
        self.with = with
        self.suggestsLimits = suggestsLimits
    }
}

extension PlanRequest: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__PlanRequest>) -> Void {
        { moe2__v1__plan_request__init($0) }
    }

    init(_ c: borrowing Moe2__V1__PlanRequest) throws(WireError) {
        self.init(
            category: try Field.optionalIdentifier(c.category, "category"),
            energies: try Field.numbers(c.n_energies_j, c.energies_j, "energies_j", limit: WireLimits.frontier),
            latencies: try Field.numbers(c.n_latencies_ms, c.latencies_ms, "latencies_ms", limit: WireLimits.frontier),
            without: try Field.texts(c.n_without, c.without, "without", limit: WireLimits.experts),
            with: try Field.texts(c.n_with, c.with, "with", limit: WireLimits.experts),
            suggestsLimits: c.suggest != 0
        )
    }

    func fill(_ c: inout Moe2__V1__PlanRequest, _ arena: Arena) {
        c.category = arena.string(category?.rawValue ?? "")
        (c.n_energies_j, c.energies_j) = arena.numbers(energies)
        (c.n_latencies_ms, c.latencies_ms) = arena.numbers(latencies)
        (c.n_without, c.without) = arena.list(without)
        (c.n_with, c.with) = arena.list(with)
        c.suggest = suggestsLimits ? 1 : 0
    }
}
