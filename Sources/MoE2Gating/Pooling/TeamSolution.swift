/// The weights that solve max_{w ≥ 0} s·w − ½ w·R·w with s_n = R_nn on one team, and what differentiates them.
///
/// Experts whose weight would turn negative are dropped and the rest is solved again, at most once per expert. The value
/// of the exact maximum is monotone in the team: a larger team only enlarges the feasible set.
struct TeamSolution {
    /// Weights in team order, ≥ 0.
    let weights: [Double]
    /// Positions within the team that carry weight.
    let active: [Int]
    private let factor: Cholesky

    /// Solves for `team`, given the row-major redundancy matrix of the pool of `experts`.
    init(team: [Int], redundancy: [Double], experts order: Int) {
        var active = Array(team.indices)
        while true {
            var matrix = [Double](repeating: 0, count: active.count * active.count)
            for (i, a) in active.enumerated() {
                for (j, b) in active.enumerated() {
                    matrix[i * active.count + j] = redundancy[team[a] * order + team[b]]
                }
            }
            let factor = Cholesky(matrix, order: active.count)
            let solution = factor.solve(active.map { redundancy[team[$0] * order + team[$0]] })
            let kept = zip(active, solution).filter { $0.1 > 0 }.map(\.0)
            if kept.count == active.count {
                var weights = [Double](repeating: 0, count: team.count)
                for (position, weight) in zip(active, solution) { weights[position] = weight }
                self.weights = weights
                self.active = active
                self.factor = factor
                return
            }
            active = kept
        }
    }

    /// R_AA⁻¹·g on the active experts; 0 elsewhere. `gradient` is in team order.
    func adjoint(_ gradient: [Double]) -> [Double] {
        let solution = factor.solve(active.map { gradient[$0] })
        var result = [Double](repeating: 0, count: weights.count)
        for (position, value) in zip(active, solution) { result[position] = value }
        return result
    }
}
