import MoE2Core

/// What every expert would make of every line of a batch.
struct BatchProblem: Sendable {
    /// An expert that may take lines.
    struct Candidate: Hashable, Sendable {
        var id: ExpertID
        /// Lines that it works on at a time; at least 1.
        var slots: Int
    }

    var experts: [Candidate]
    /// Gate scores, lines × experts, row by row; −∞ where the expert cannot take the line.
    var scores: [Float] = []
    /// Time of a line in one slot, in seconds, the same shape.
    var seconds: [Float] = []
    /// Energy of a line in joules, the same shape.
    var joules: [Float] = []

    var lines: Int { experts.isEmpty ? 0 : scores.count / experts.count }
}
