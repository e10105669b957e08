/// A part of the search: all sets that hold `included`, and otherwise only experts of `free`.
struct Node {
    var included: ExpertSet
    var free: ExpertSet
    /// The range of the model's levels that the k-th largest energy lies in.
    var low: Int
    var high: Int
    /// No set of the part is worth more, up to the relaxation's slack.
    var bound: Double
    var multipliers: Multipliers?
    var depth = 0
}
