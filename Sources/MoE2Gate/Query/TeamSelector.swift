import Glibc
import MoE2Core

/// Picks the team for one query: the set of at most k experts with the largest Q_T that the budgets allow.
///
/// A member fits when nine of ten of its shards stay under the latency limit and hardly any goes above the energy limit. The search is exact over the
/// ``searchedOptions`` best experts that fit alone, which for k = 1 means exact over all.
enum TeamSelector {
    /// Teams of two and more are searched among this many experts with the best scores.
    static let searchedOptions = 12

    /// The team, heaviest first.
    /// - Throws: `resourceExhausted` with the smallest budgets that would do, or `unavailable` when no expert can be
    ///   used at all.
    static func pick(
        from options: [TeamOption],
        limits: TeamLimits,
        plan: UInt64,
        category: Category,
        explain: Bool
    ) throws(StatusError) -> TeamDecision {
        let usable = options.filter { $0.obstacle == nil }
        guard !usable.isEmpty else { throw nobody(options) }
        let fitting = usable.filter { fits($0, limits) }.sorted(by: isBetter)
        guard !fitting.isEmpty else { throw refusal(usable, limits) }

        let chosen = bestTeam(Array(fitting.prefix(searchedOptions)), limits)
        let shares = weights(chosen.map(\.score), temperature: limits.temperature)
        let team = zip(chosen, shares).map { option, weight in
            TeamMember(expert: option.expert, host: option.host, weight: weight, predicted: option.cost)
        }
        return TeamDecision(
            team: team,
            predicted: total(chosen),
            plan: plan,
            category: category,
            considered: explain ? considerations(options, chosen: chosen, limits: limits) : []
        )
    }

    /// Weights exp(sₙ/T) / Σ exp(sₘ/T); all of it on the best score when T is 0.
    static func weights(_ scores: [Double], temperature: Double) -> [Double] {
        guard let best = scores.max() else { return [] }
        let raw = scores.map { score in
            temperature > 0 ? exp((score - best) / temperature) : (score == best ? 1 : 0)
        }
        let sum = raw.reduce(0, +)
        return raw.map { $0 / sum }
    }

    /// A team's cost: members work side by side, so the slowest decides the time and everybody's energy adds up. A host
    /// that carries several members wakes once.
    static func total(_ members: [TeamOption]) -> CostEstimate {
        var awake: Set<HostID> = []
        return members.reduce(into: .zero) { sum, member in
            let woken = awake.insert(member.host).inserted ? member.cost.activation : .zero
            sum.latency = max(sum.latency, member.cost.latency)
            sum.latencyP90 = max(sum.latencyP90, member.cost.latencyP90)
            sum.energy += member.cost.shardEnergy + woken
            sum.energyP90 += member.cost.shardEnergyP90 + woken
            sum.activation += woken
            if sum.source == .unknown || member.cost.source.isWeaker(than: sum.source) {
                sum.source = member.cost.source
            }
        }
    }

    /// The options that could be used if the limits were wider.
    static func misfits(among options: [TeamOption], _ limits: TeamLimits) -> [TeamOption] {
        guard limits.energy != nil || limits.latency != nil else { return [] }
        return options.filter { $0.obstacle == nil && !fits($0, limits) }
    }

    private static func fits(_ option: TeamOption, _ limits: TeamLimits) -> Bool {
        (limits.energy.map { option.cost.energyCeiling <= $0 } ?? true)
            && (limits.latency.map { option.cost.latencyP90 <= $0 } ?? true)
    }

    /// Better score first; ties go to the cheaper, then to the name, so that equal queries get equal teams.
    private static func isBetter(_ left: TeamOption, _ right: TeamOption) -> Bool {
        if left.score != right.score { return left.score > right.score }
        if left.cost.energy != right.cost.energy { return left.cost.energy < right.cost.energy }
        return left.expert < right.expert
    }

    /// The best team out of `options`, which fit alone and are sorted best first. Depth-first over the sets of at most
    /// `limits.size` members within the energy limit.
    private static func bestTeam(_ options: [TeamOption], _ limits: TeamLimits) -> [TeamOption] {
        guard limits.size > 1, options.count > 1 else { return Array(options.prefix(1)) }
        var best: [TeamOption] = [options[0]]
        var bestQuality = quality(best, limits.temperature)
        var current: [TeamOption] = []
        func extend(from start: Int, energy: Energy) {
            for index in start..<options.count {
                let option = options[index]
                let isAwake = current.contains { $0.host == option.host }
                let sum = energy + (isAwake ? option.cost.shardEnergyCeiling : option.cost.energyCeiling)
                if let limit = limits.energy, sum > limit { continue }
                current.append(options[index])
                let value = quality(current, limits.temperature)
                if value > bestQuality || (value == bestQuality && current.count > best.count) {
                    (best, bestQuality) = (current, value)
                }
                if current.count < limits.size { extend(from: index + 1, energy: sum) }
                current.removeLast()
            }
        }
        extend(from: 0, energy: .zero)
        return best.sorted(by: isBetter)
    }

    /// T·log Σ exp(s/T); the largest score when T is 0.
    private static func quality(_ members: [TeamOption], _ temperature: Double) -> Double {
        guard let best = members.map(\.score).max() else { return -.infinity }
        guard temperature > 0 else { return best }
        let sum = members.reduce(0) { $0 + exp(($1.score - best) / temperature) }
        return best + temperature * log(sum)
    }

    private static func nobody(_ options: [TeamOption]) -> StatusError {
        guard !options.isEmpty else {
            return StatusError(
                .unavailable,
                "the fleet has no experts at present; start an agent and point it at this gate"
            )
        }
        let reasons = options.prefix(8).map { "\($0.expert): \($0.obstacle ?? "")" }.joined(separator: "; ")
        let busy = options.filter(\.isOnlyBusy)
        if let first = busy.min(by: { $0.cost.latency < $1.cost.latency }) {
            return StatusError(
                .resourceExhausted,
                "no expert can take the query at once: \(reasons); let it queue, or try again later",
                retryAfter: first.cost.latency
            )
        }
        return StatusError(.unavailable, "no expert can take the query: \(reasons)")
    }

    /// Nobody fits: says the smallest budget that would do, alone where one is enough, else both together.
    private static func refusal(_ usable: [TeamOption], _ limits: TeamLimits) -> StatusError {
        let inTime = usable.filter { option in limits.latency.map { option.cost.latencyP90 <= $0 } ?? true }
        let inEnergy = usable.filter { option in limits.energy.map { option.cost.energyCeiling <= $0 } ?? true }
        var error = StatusError(.resourceExhausted, "")
        var cures: [String] = []
        if let cheapest = inTime.min(by: { $0.cost.energyCeiling < $1.cost.energyCeiling }), limits.energy != nil {
            error.smallestEnergy = cheapest.cost.energyCeiling
            cures.append("\(Figures.energy(cheapest.cost.energyCeiling)) (expert '\(cheapest.expert)')")
        }
        if let fastest = inEnergy.min(by: { $0.cost.latencyP90 < $1.cost.latencyP90 }), limits.latency != nil {
            error.smallestLatency = fastest.cost.latencyP90
            cures.append("\(Figures.latency(fastest.cost.latencyP90)) (expert '\(fastest.expert)')")
        }
        if cures.isEmpty, let either = usable.min(by: { strain($0, limits) < strain($1, limits) }) {
            error.smallestEnergy = either.cost.energyCeiling
            error.smallestLatency = either.cost.latencyP90
            cures.append(
                """
                \(Figures.energy(either.cost.energyCeiling)) together with \(Figures.latency(either.cost.latencyP90)) \
                (expert '\(either.expert)')
                """
            )
        }
        let given = [limits.energy.map(Figures.energy), limits.latency.map(Figures.latency)].compactMap { $0 }
        error.message = """
            no team fits the budget of \(given.joined(separator: " and ")); the smallest that would do: \
            \(cures.joined(separator: ", or "))
            """
        return error
    }

    /// How far an expert is beyond the limits, as the larger ratio of need to limit.
    private static func strain(_ option: TeamOption, _ limits: TeamLimits) -> Double {
        let energy = limits.energy.map { option.cost.energyCeiling.joules / max($0.joules, 1e-9) } ?? 0
        let latency = limits.latency.map { option.cost.latencyP90.seconds / max($0.seconds, 1e-9) } ?? 0
        return max(energy, latency)
    }

    private static func considerations(_ options: [TeamOption], chosen: [TeamOption], limits: TeamLimits)
        -> [Consideration]
    {
        let usable = options.filter { $0.obstacle == nil }
        let shares = Dictionary(
            uniqueKeysWithValues: zip(
                usable.map(\.expert),
                weights(usable.map(\.score), temperature: limits.temperature)
            )
        )
        let members = Set(chosen.map(\.expert))
        return options.sorted(by: isBetter).map { option in
            Consideration(
                expert: option.expert,
                host: option.host,
                score: option.score,
                weight: shares[option.expert] ?? 0,
                predicted: option.cost,
                chosen: members.contains(option.expert),
                reason: members.contains(option.expert) ? "" : reason(option, limits)
            )
        }
    }

    private static func reason(_ option: TeamOption, _ limits: TeamLimits) -> String {
        if let obstacle = option.obstacle { return obstacle }
        if let energy = limits.energy, option.cost.energyCeiling > energy {
            return "needs \(Figures.energy(option.cost.energyCeiling)), the budget is \(Figures.energy(energy))"
        }
        if let latency = limits.latency, option.cost.latencyP90 > latency {
            return "needs \(Figures.latency(option.cost.latencyP90)), the budget is \(Figures.latency(latency))"
        }
        return "the team is better without it"
    }
}
