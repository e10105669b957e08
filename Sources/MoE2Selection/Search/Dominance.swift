/// Which experts the best set can do without, because another one is never worse.
///
/// Expert i dominates j where i gains at least as much on every prompt, takes no more energy, brings no host, memory or exclusive
/// group that j does not bring, and precedes j in the tie rule. A set with both is no worse without j, and has fewer members; a
/// set with j alone is no worse with i in its place, and precedes. Either way it is not the best set by value and tie rule, which is
/// unique: so j is in no best set, whatever else was decided, and no best set is lost.
struct Dominance {
    private let model: Model

    init(_ model: Model) { self.model = model }

    /// The places in `free` of experts that another free one dominates. `usage` holds the experts that are in; `gainsAtLeast(i, j)` says
    /// whether, with them, the expert at place i gains at least as much as that at place j on every prompt.
    /// - Throws: ``Interrupted``.
    func dominated(
        _ free: [Int],
        _ usage: Usage,
        _ interrupt: Interrupt,
        gainsAtLeast: (Int, Int) -> Bool
    ) throws(Interrupted) -> [Int] {
        let span = Interrupt.columns(16 * free.count)
        var places: [Int] = []
        for lesser in free.indices {
            try interrupt.check(at: lesser, every: span)
            let isDominated = free.indices.contains { greater in
                greater != lesser && precedes(free[greater], free[lesser])
                    && bringsNoMore(free[greater], free[lesser], usage) && gainsAtLeast(greater, lesser)
            }
            if isDominated { places.append(lesser) }
        }
        return places
    }

    /// Whether a set with `one` in the place of `other` comes first when both are worth the same.
    private func precedes(_ one: Int, _ other: Int) -> Bool {
        guard model.energy[one] <= model.energy[other] else { return false }
        // Where only the k largest energies count, less energy may not show.
        return model.rank[one] < model.rank[other]
            || (model.teamSize >= model.count && model.energy[one] < model.energy[other])
    }

    /// Whether `one` fits wherever `other` does.
    private func bringsNoMore(_ one: Int, _ other: Int, _ usage: Usage) -> Bool {
        let (host, replaced) = (model.host[one], model.host[other])
        if host == replaced {
            guard model.memory[one] <= model.memory[other] else { return false }
        } else {
            let isFree = model.activation[host] == 0 && model.idle[host] == 0
            guard isFree || usage.isOpen(host: host), model.memoryBudget[host] == .infinity else { return false }
        }
        return model.groupsOf[one].allSatisfy { model.groupsOf[other].contains($0) }
    }
}
