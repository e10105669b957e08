/// Chooses the temperature T of the planner's quality T·ln Σ exp(s/T), so that over sampled teams it rises and falls with
/// what the teams achieve on the training prompts (largest correlation).
struct TemperatureFitter {
    static let teams = 48
    static let prompts = 1_000
    static let grid = [0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 3]

    let model: GateModel
    /// Cross-fitted scores `[prompt][expert]` of the training prompts.
    let scores: [Double]
    let seed: UInt64

    func fit(_ set: CalibrationSet) -> Double {
        let experts = model.expertCount
        guard experts > 1 else { return 1 }
        var random = SplitMix64(seed: seed ^ 0x7e)
        let rows = Array(set.prompts.indices.shuffled(using: &random).prefix(Self.prompts))
        var achieved: [Double] = []
        var qualities = Self.grid.map { _ in [Double]() }
        for _ in 0..<Self.teams {
            let size = Int.random(in: 1...min(experts, 8), using: &random)
            let team = Array((0..<experts).shuffled(using: &random).prefix(size)).sorted()
            achieved.append(rows.reduce(0) { $0 + quality(of: team, on: $1, set) })
            for (index, temperature) in Self.grid.enumerated() {
                let sum = rows.reduce(0.0) { total, row in
                    let own = Array(scores[(row * experts)..<((row + 1) * experts)])
                    return total + GateWeights.quality(own, of: team, k: size, temperature: temperature)
                }
                qualities[index].append(sum)
            }
        }
        let correlations = qualities.map { Self.correlation($0, achieved) }
        return Self.grid[ScoreTargets.firstMaximum(correlations)]
    }

    /// Log-likelihood of the team's mixture, or the score of its best-scored member where answers are not mixed.
    private func quality(of team: [Int], on row: Int, _ set: CalibrationSet) -> Double {
        let experts = model.expertCount
        let own = Array(scores[(row * experts)..<((row + 1) * experts)])
        guard set.kind != .score else {
            let best = GateWeights.top(1, of: team, by: own)[0]
            if case .score(let score)? = set.answers[best][row] { return score }
            return 0
        }
        let prompt = set.prompts[row]
        let answers = team.compactMap { expert in set.answers[expert][row].map { (expert: expert, answer: $0) } }
        guard !answers.isEmpty, let right = prompt.answer else { return -naturalLog(Double(prompt.optionCount)) }
        let labels = model.labels.resolve(prompt.labels)
        let zeros = [Double](repeating: 0, count: experts)
        let reading = model.reading(scores: own, text: zeros, columns: labels)
        let mixture = EvidencePool.mix(answers, optionCount: prompt.optionCount, model: model, reading: reading)
        return naturalLog(max(mixture.probabilities[right], 1e-12))
    }

    private static func correlation(_ a: [Double], _ b: [Double]) -> Double {
        let n = Double(a.count)
        let meanA = a.reduce(0, +) / n
        let meanB = b.reduce(0, +) / n
        var ab = 0.0
        var aa = 0.0
        var bb = 0.0
        for (x, y) in zip(a, b) {
            ab += (x - meanA) * (y - meanB)
            aa += (x - meanA) * (x - meanA)
            bb += (y - meanB) * (y - meanB)
        }
        return aa > 0 && bb > 0 ? ab / (aa * bb).squareRoot() : 0
    }
}
