import MoE2Gating

/// Selects the prompts of one split.
enum Split {
    /// The prompts of `split`, or all for `all`. With `fallback`, a set in which no prompt names any split counts as a
    /// whole: such files have no split to choose from.
    static func select(_ set: CalibrationSet, _ split: String, fallback: Bool) -> CalibrationSet {
        if split == "all" { return set }
        if fallback, set.prompts.allSatisfy({ $0.split == nil }) { return set }
        return set.filter { $0.split == split }
    }
}
