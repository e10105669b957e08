/// What the change from one problem to another, with the same prompts, can do to a proved best set.
///
/// Sets are ordered by value, then less energy, fewer experts, earlier names. The value of a set never changes. A change that only takes
/// sets away, or makes sets other than the best dearer, leaves the best one the best while it is feasible itself. One that lets sets in
/// that all hold one expert leaves only those to be looked at.
struct FleetChange {
    /// Every set that is new, or cheaper than it was, holds one of these.
    private(set) var entering: [Int] = []
    /// Whether other sets may be new or cheaper too.
    private(set) var isGeneral = false
    /// Whether the best set itself became dearer, so that it may lose a tie.
    private(set) var isBestDearer = false

    /// The change from `old` to `new`, whose experts are those of `old` and newcomers after them; `best` is the best set of `old`.
    init(from old: SelectionProblem, to new: SelectionProblem, best: [Int]) {
        let members = Set(best)
        for index in new.experts.indices where !new.absent.contains(index) {
            guard index < old.experts.count, !old.absent.contains(index) else {
                entering.append(index)
                continue
            }
            if old.experts[index] == new.experts[index] { continue }
            compare(old, new, index, isMember: members.contains(index))
        }
        compareHosts(old, new, touched: Set(best.compactMap { new.experts[$0].host }))
        compareLimits(old.limits, new.limits)
        compareLists(old, new)
    }

    private mutating func compare(_ old: SelectionProblem, _ new: SelectionProblem, _ index: Int, isMember: Bool) {
        let (before, after) = (old.experts[index], new.experts[index])
        guard before.host == after.host, before.id == after.id else {
            isGeneral = true
            return
        }
        if after.energy > before.energy, isMember { isBestDearer = true }
        // A latency counts only by which side of its limit it is on.
        let entersInTime =
            Feasibility.isFastEnough(after, new.limits) && !Feasibility.isFastEnough(before, new.limits)
        if after.energy < before.energy || after.memory < before.memory || entersInTime { entering.append(index) }
    }

    private mutating func compareHosts(_ old: SelectionProblem, _ new: SelectionProblem, touched: Set<String>) {
        guard old.hosts != new.hosts else { return }
        let before = Dictionary(uniqueKeysWithValues: old.hosts.map { ($0.id, $0) })
        let after = Dictionary(uniqueKeysWithValues: new.hosts.map { ($0.id, $0) })
        for id in Set(before.keys).union(after.keys) {
            let (one, other) = (before[id] ?? SelectionHost(id: id), after[id] ?? SelectionHost(id: id))
            let room = (one.memory?.value ?? .infinity, other.memory?.value ?? .infinity)
            if other.activation < one.activation || other.idle < one.idle || room.1 > room.0 { isGeneral = true }
            if other.activation > one.activation, touched.contains(id) { isBestDearer = true }
        }
    }

    private mutating func compareLimits(_ old: SelectionLimits, _ new: SelectionLimits) {
        func isLooser(_ before: Double?, _ after: Double?) -> Bool { (after ?? .infinity) > (before ?? .infinity) }
        if isLooser(old.energy?.value, new.energy?.value) || isLooser(old.power?.value, new.power?.value)
            || isLooser(old.maximumExperts.map(Double.init), new.maximumExperts.map(Double.init))
            || old.latency.contains(where: { isLooser($1.value, new.latency[$0]?.value) })
        {
            isGeneral = true
        }
    }

    private mutating func compareLists(_ old: SelectionProblem, _ new: SelectionProblem) {
        if !Set(old.required).isSubset(of: new.required) { isGeneral = true }
        if old.exclusive != new.exclusive, !Set(old.exclusive.map(Set.init)).isSubset(of: new.exclusive.map(Set.init)) {
            isGeneral = true
        }
        guard old.forbidden != new.forbidden else { return }
        let allowed = Set(old.forbidden).subtracting(new.forbidden)
        for index in new.present where allowed.contains(new.experts[index].id) && !entering.contains(index) {
            entering.append(index)
        }
    }
}
