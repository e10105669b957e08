import MoE2Core

/// What the scores of a category's calibration prompts were computed with: problems with the same source have the same scores for the
/// same expert.
struct ScoreSource: Hashable, Sendable {
    var category: Category
    /// Counts up when scores of experts that had some before change.
    var revision: Int
}
