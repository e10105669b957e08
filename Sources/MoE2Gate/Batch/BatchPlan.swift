/// Who is to take which line of a batch.
struct BatchPlan: Sendable, Equatable {
    /// What is planned for one line.
    struct Line: Sendable, Equatable {
        /// The expert, as an index of the problem's.
        var expert: Int
        /// Who takes the line when the expert cannot, best first.
        var alternatives: [Int]
        /// How many of `alternatives`, from the front, may take it even when the expert could.
        var peers: Int
    }

    /// One per line; nil where no expert can take it.
    var lines: [Line?]
    /// When the last expert is expected to end, in seconds from the start.
    var makespan: Double
    /// What all lines are expected to cost, in joules.
    var joules: Double
}
