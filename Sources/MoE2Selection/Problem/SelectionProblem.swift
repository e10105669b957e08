/// Which experts are worth having within the budgets?
///
/// Maximise Q(S) = Σᵢ wᵢ · T · log Σ_{n ∈ top-k of S} exp(sᵢₙ / T) over the non-empty sets S within the limits; for T = 0 the
/// inner term is the largest score. Every value is valid: a wrong one is refused on creation.
public struct SelectionProblem: Hashable, Sendable {
    /// More experts than this are refused.
    public static let maximumExperts = 4096

    /// The scores sᵢₙ.
    public private(set) var scores: ScoreTable
    /// The weight wᵢ of every prompt; they sum to 1.
    public let weights: [Double]
    /// The temperature T ≥ 0, in units of the scores.
    public let temperature: Double
    /// The team size k ≥ 1.
    public let teamSize: Int
    /// The experts, in the order of the table's columns.
    public private(set) var experts: [SelectionExpert]
    /// The hosts.
    public private(set) var hosts: [SelectionHost]
    /// The budgets.
    public private(set) var limits: SelectionLimits
    /// Names of experts that must be in the set.
    public private(set) var required: [String]
    /// Names of experts that must not be in the set.
    public private(set) var forbidden: [String]
    /// Groups of names; at most one expert of each group may be in the set.
    public private(set) var exclusive: [[String]]
    /// Experts, by index, that left the fleet: their columns stay, and no set holds them.
    private(set) var absent: Set<Int> = []

    /// A problem with the given parts. `weights` are scaled to sum to 1; without them all prompts weigh the same.
    /// - Throws: ``SelectionError`` that names the field that is wrong.
    public init(
        scores: ScoreTable,
        weights: [Double]? = nil,
        temperature: Double = 0,
        teamSize: Int = 1,
        experts: [SelectionExpert],
        hosts: [SelectionHost] = [],
        limits: SelectionLimits = SelectionLimits(),
        required: [String] = [],
        forbidden: [String] = [],
        exclusive: [[String]] = []
    ) throws(SelectionError) {
        self.scores = scores
        self.temperature = temperature
        self.teamSize = teamSize
        self.experts = experts
        self.hosts = hosts
        self.limits = limits
        self.required = required
        self.forbidden = forbidden
        self.exclusive = exclusive
        self.weights = try Self.normalised(weights, prompts: scores.prompts)
        try checkSizes()
        try checkCosts()
        try checkLimits()
        try checkNames()
    }

    /// This problem with other limits.
    /// - Throws: ``SelectionError`` when a limit is not a valid number.
    public func limited(to limits: SelectionLimits) throws(SelectionError) -> SelectionProblem {
        let problem = SelectionProblem(self, limits: limits)
        try problem.checkLimits()
        return problem
    }

    /// This problem with other limits, known to be valid.
    init(_ other: SelectionProblem, limits: SelectionLimits) {
        self = other
        self.limits = limits
    }

    /// The indices of the experts that are in the fleet.
    var present: [Int] { experts.indices.filter { !absent.contains($0) } }

    /// Replaces the fleet: `experts` has one expert for each column, and those of `absent` are not there.
    /// - Throws: ``SelectionError`` that names the field that is wrong; the problem is then as it was.
    mutating func replaceFleet(
        _ fleet: SelectionFleet,
        experts: [SelectionExpert],
        absent: Set<Int>,
        newcomers: [[Double]]
    ) throws(SelectionError) {
        var next = self
        for column in newcomers { try next.scores.append(column) }
        next.experts = experts
        next.absent = absent
        next.hosts = fleet.hosts
        next.limits = fleet.limits
        next.required = fleet.required
        next.forbidden = fleet.forbidden
        next.exclusive = fleet.exclusive
        try next.checkSizes()
        try next.checkCosts()
        try next.checkLimits()
        try next.checkNames()
        self = next
    }

    /// Forgets the experts that left, with their scores; the others move up.
    mutating func dropAbsent() {
        let kept = present
        scores.keep(kept)
        experts = kept.map { experts[$0] }
        absent = []
    }

    private static func normalised(_ weights: [Double]?, prompts: Int) throws(SelectionError) -> [Double] {
        guard let weights else { return [Double](repeating: 1 / Double(max(prompts, 1)), count: prompts) }
        guard weights.count == prompts else {
            throw SelectionError(field: "weights", "has \(weights.count) numbers; the scores have \(prompts) rows")
        }
        if let bad = weights.firstIndex(where: { !($0.isFinite && $0 >= 0) }) {
            throw SelectionError(field: "weights[\(bad)]", "\(weights[bad]) is no weight; use a finite number ≥ 0")
        }
        // Divided by the largest first: the sum of huge weights must not overflow.
        let largest = weights.max() ?? 1
        guard largest > 0 else { throw SelectionError(field: "weights", "all are 0; one prompt must count") }
        let scaled = weights.map { $0 / largest }
        let sum = scaled.reduce(0, +)
        return scaled.map { $0 / sum }
    }

    private func checkSizes() throws(SelectionError) {
        guard temperature.isFinite, temperature >= 0 else {
            throw SelectionError(field: "temperature", "\(temperature) is no temperature; use a finite number ≥ 0")
        }
        guard teamSize >= 1 else { throw SelectionError(field: "k", "\(teamSize) is no team size; use 1 or more") }
        guard experts.count <= Self.maximumExperts else {
            throw SelectionError(
                field: "experts",
                "\(experts.count) are more than the \(Self.maximumExperts) that are supported"
            )
        }
        guard scores.experts == experts.count || (scores.prompts == 0 && scores.experts == 0) else {
            throw SelectionError(
                field: "scores",
                "rows have \(scores.experts) numbers and there are \(experts.count) experts"
            )
        }
    }

    private func checkCosts() throws(SelectionError) {
        for (index, expert) in experts.enumerated() {
            try Self.check(expert.energy.value, "experts[\(index)].energy_j")
            try Self.check(expert.memory.value, "experts[\(index)].memory_mb")
            for (category, latency) in expert.latency {
                try Self.check(latency.value, "experts[\(index)].latency_ms.\(category)")
            }
        }
        for (index, host) in hosts.enumerated() {
            try Self.check(host.activation.value, "hosts[\(index)].activation_j")
            try Self.check(host.idle.value, "hosts[\(index)].idle_w")
            if let memory = host.memory { try Self.check(memory.value, "hosts[\(index)].memory_mb") }
        }
    }

    private func checkLimits() throws(SelectionError) {
        if let energy = limits.energy { try Self.check(energy.value, "limits.energy_j") }
        if let power = limits.power { try Self.check(power.value, "limits.power_w") }
        for (category, latency) in limits.latency { try Self.check(latency.value, "limits.latency_ms.\(category)") }
        if let count = limits.maximumExperts, count < 0 {
            throw SelectionError(field: "limits.max_experts", "\(count) is negative; use 0 or more")
        }
    }

    private static func check(_ value: Double, _ field: @autoclosure () -> String) throws(SelectionError) {
        guard value.isFinite, value >= 0 else {
            throw SelectionError(field: field(), "\(value) is no cost or limit; use a finite number ≥ 0")
        }
    }

    private func checkNames() throws(SelectionError) {
        var known = Set<String>(minimumCapacity: experts.count)
        for (index, expert) in experts.enumerated() where !absent.contains(index) {
            guard known.insert(expert.id).inserted else {
                throw SelectionError(
                    field: "experts[\(index)].id",
                    "'\(expert.id)' is the name of an expert before it"
                )
            }
        }
        var knownHosts: Set<String> = []
        for (index, host) in hosts.enumerated() where !knownHosts.insert(host.id).inserted {
            throw SelectionError(field: "hosts[\(index)].id", "'\(host.id)' is the name of a host before it")
        }
        try Self.check(required, among: known, "required")
        try Self.check(forbidden, among: known, "forbidden")
        for (index, group) in exclusive.enumerated() { try Self.check(group, among: known, "exclusive[\(index)]") }
    }

    private static func check(_ names: [String], among known: Set<String>, _ field: String) throws(SelectionError) {
        if let bad = names.firstIndex(where: { !known.contains($0) }) {
            throw SelectionError(field: "\(field)[\(bad)]", "'\(names[bad])' is no expert; add it or correct the name")
        }
    }
}
