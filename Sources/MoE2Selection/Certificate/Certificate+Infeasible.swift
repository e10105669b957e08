extension Certificate {
    /// The answer to a problem that no set solves, with the reason and what would change it.
    static func infeasible(_ problem: SelectionProblem, time: Duration) -> Certificate {
        let report = InfeasibilityReport(problem)
        return Certificate(
            status: .infeasible,
            set: [],
            value: 0,
            bound: 0,
            time: time,
            binding: report.violated,
            smallestFeasible: report.smallest
        )
    }
}
