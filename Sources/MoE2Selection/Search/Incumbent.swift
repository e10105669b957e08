/// A feasible set with its exact value and what breaks ties.
struct Incumbent {
    let set: ExpertSet
    let value: Double
    /// Energy per query.
    let energy: Double
    let count: Int
    /// The places of the members in the order of names, ascending.
    let ranks: [Int]

    init(_ set: ExpertSet, value: Double, energy: Double, model: Model) {
        self.set = set
        self.value = value
        self.energy = energy
        count = set.count
        ranks = set.members.map { model.rank[$0] }.sorted()
    }

    /// Whether this is the better one: larger value, then less energy, then fewer experts, then the earlier names.
    func isBetter(than other: Incumbent) -> Bool {
        if value != other.value { return value > other.value }
        if energy != other.energy { return energy < other.energy }
        if count != other.count { return count < other.count }
        return ranks.lexicographicallyPrecedes(other.ranks)
    }
}
