/// The mean negative log-likelihood of the pool's answers over samples of prompt and team, with penalties, as a function of
/// one flat parameter vector: lower triangle of the factor L of R = L·Lᵀ, label modulation, text modulation, text-only
/// modulation.
struct PoolObjective {
    /// Strengths of the Gaussian priors, in pseudo-prompts.
    struct Penalties {
        var modulation = 50.0
        var redundancy = 30.0
    }

    /// Corrected evidence.
    let table: EvidenceTable
    let samples: PoolSamples
    /// Label columns per prompt.
    let labels: [[Int]]
    let labelCount: Int
    /// Standardised, cross-fitted text head outputs `[prompt][expert]`.
    let text: [Double]
    /// Whether prompts are seen with their labels or as if none were known.
    let usesLabels: Bool
    /// The empirical redundancy towards which R is drawn.
    let redundancyPrior: [Double]
    /// Whether a parameter may move; empty: all may.
    var isFree: [Bool] = []
    var penalties = Penalties()

    private var experts: Int { table.experts }
    private var triangle: Int { experts * (experts + 1) / 2 }
    var labelStart: Int { triangle }
    var textStart: Int { labelStart + labelCount * experts }
    var parameterCount: Int { textStart + 2 * experts }

    /// The value at `x`; fills in `gradient`.
    func evaluate(_ x: [Double], _ gradient: inout [Double]) -> Double {
        let factor = unpackFactor(x)
        let redundancy = Self.square(factor, experts)
        let solutions = samples.teams.map { TeamSolution(team: $0, redundancy: redundancy, experts: experts) }
        let modulation = modulations(x)
        var weightGradients = samples.teams.map { [Double](repeating: 0, count: $0.count) }
        var modulationGradient = [Double](repeating: 0, count: modulation.count)
        for i in gradient.indices { gradient[i] = 0 }
        var value = 0.0
        let share = 1 / Double(max(samples.pairs.count, 1))
        var logits = [Double](repeating: 0, count: table.optionCounts.max() ?? 0)
        var factors = [Double](repeating: 0, count: experts)
        for (prompt, team) in samples.pairs {
            value +=
                share
                * accumulate(
                    prompt,
                    samples.teams[team],
                    solutions[team].weights,
                    modulation,
                    share,
                    &logits,
                    &factors,
                    &weightGradients[team],
                    &modulationGradient
                )
        }
        addSolutionGradients(solutions, weightGradients, factor, redundancy, &gradient)
        addModulationGradient(modulationGradient, modulation, &gradient)
        value += addPenalties(x, factor, redundancy, &gradient)
        if !isFree.isEmpty { for i in gradient.indices where !isFree[i] { gradient[i] = 0 } }
        return value
    }

    /// The parameters in `x` as the pool uses them, beside `correction`.
    func parameters(_ x: [Double], _ correction: EvidenceCorrection) -> PoolParameters {
        PoolParameters(
            correction: correction,
            redundancy: Self.square(unpackFactor(x), experts),
            labelModulation: Array(x[labelStart..<textStart]),
            textModulation: Array(x[textStart..<(textStart + experts)]),
            textOnlyModulation: Array(x[(textStart + experts)...])
        )
    }

    /// The negative log-likelihood of one sample; adds its gradients, scaled by `share`.
    private func accumulate(
        _ prompt: Int,
        _ team: [Int],
        _ weights: [Double],
        _ modulation: [Double],
        _ share: Double,
        _ logits: inout [Double],
        _ factors: inout [Double],
        _ weightGradient: inout [Double],
        _ modulationGradient: inout [Double]
    ) -> Double {
        let part = PoolParameters.modulationShare(of: team.count)
        let count = table.optionCounts[prompt]
        let offset = table.offsets[prompt]
        let row = prompt * experts
        for k in 0..<count { logits[k] = 0 }
        return table.values.withUnsafeBufferPointer { values in
            for (position, expert) in team.enumerated() where weights[position] > 0 {
                factors[position] = exponential(part * clamped(modulation[row + expert]))
                let weight = weights[position] * factors[position]
                let base = offset + expert * count
                for k in 0..<count { logits[k] += weight * values[base + k] }
            }
            let answer = table.answers[prompt]
            let own = logits[answer]
            let total = logits.withUnsafeMutableBufferPointer {
                softmax(UnsafeMutableBufferPointer(rebasing: $0[..<count]))
            }
            logits[answer] -= 1
            for (position, expert) in team.enumerated() where weights[position] > 0 {
                let base = offset + expert * count
                var slope = 0.0
                for k in 0..<count { slope += logits[k] * values[base + k] }
                slope *= share * factors[position]
                weightGradient[position] += slope
                if abs(modulation[row + expert]) < PoolParameters.modulationLimit {
                    modulationGradient[row + expert] += part * slope * weights[position]
                }
            }
            return total - own
        }
    }

    /// Chains the gradients of the team weights through w = R⁻¹·diag(R) to the factor of R.
    private func addSolutionGradients(
        _ solutions: [TeamSolution],
        _ weightGradients: [[Double]],
        _ factor: [Double],
        _ redundancy: [Double],
        _ gradient: inout [Double]
    ) {
        var matrix = [Double](repeating: 0, count: experts * experts)
        for (number, solution) in solutions.enumerated() {
            let adjoint = solution.adjoint(weightGradients[number])
            let team = samples.teams[number]
            for i in solution.active {
                matrix[team[i] * experts + team[i]] += 2 * adjoint[i]
                for j in solution.active {
                    matrix[team[i] * experts + team[j]] -= adjoint[i] * solution.weights[j]
                    matrix[team[j] * experts + team[i]] -= adjoint[i] * solution.weights[j]
                }
            }
        }
        addFactorGradient(of: matrix, factor, &gradient)
    }

    /// Adds the gradient of Σ M_ij·(L·Lᵀ)_ij / 2 type terms: ∂/∂L = M·L for the symmetrised M.
    private func addFactorGradient(of matrix: [Double], _ factor: [Double], _ gradient: inout [Double]) {
        var index = 0
        for i in 0..<experts {
            for j in 0...i {
                var sum = 0.0
                for k in j..<experts { sum += matrix[i * experts + k] * factor[k * experts + j] }
                gradient[index] += sum
                index += 1
            }
        }
    }

    private func addModulationGradient(_ slopes: [Double], _ modulation: [Double], _ gradient: inout [Double]) {
        let column = usesLabels ? textStart : textStart + experts
        for prompt in 0..<table.promptCount {
            for expert in 0..<experts {
                let slope = slopes[prompt * experts + expert]
                guard slope != 0 else { continue }
                gradient[column + expert] += slope * text[prompt * experts + expert]
                guard usesLabels else { continue }
                for label in labels[prompt] { gradient[labelStart + label * experts + expert] += slope }
            }
        }
    }

    private func addPenalties(
        _ x: [Double],
        _ factor: [Double],
        _ redundancy: [Double],
        _ gradient: inout [Double]
    ) -> Double {
        let perPrompt = 1 / Double(max(table.promptCount, 1))
        var value = 0.0
        for i in labelStart..<parameterCount {
            let strength = penalties.modulation * perPrompt
            value += strength * x[i] * x[i]
            gradient[i] += 2 * strength * x[i]
        }
        let strength = penalties.redundancy * perPrompt
        let difference = zip(redundancy, redundancyPrior).map { $0 - $1 }
        for entry in difference { value += strength * entry * entry }
        addFactorGradient(of: difference.map { 4 * strength * $0 }, factor, &gradient)
        return value
    }

    private func modulations(_ x: [Double]) -> [Double] {
        var result = [Double](repeating: 0, count: table.promptCount * experts)
        let column = usesLabels ? textStart : textStart + experts
        for prompt in 0..<table.promptCount {
            for expert in 0..<experts {
                var sum = x[column + expert] * text[prompt * experts + expert]
                if usesLabels {
                    for label in labels[prompt] { sum += x[labelStart + label * experts + expert] }
                }
                result[prompt * experts + expert] = sum
            }
        }
        return result
    }

    private func clamped(_ modulation: Double) -> Double {
        min(max(modulation, -PoolParameters.modulationLimit), PoolParameters.modulationLimit)
    }

    private func unpackFactor(_ x: [Double]) -> [Double] {
        var factor = [Double](repeating: 0, count: experts * experts)
        var index = 0
        for i in 0..<experts {
            for j in 0...i {
                factor[i * experts + j] = x[index]
                index += 1
            }
        }
        return factor
    }

    /// L·Lᵀ, row-major.
    private static func square(_ factor: [Double], _ order: Int) -> [Double] {
        var matrix = [Double](repeating: 0, count: order * order)
        for i in 0..<order {
            for j in 0...i {
                var sum = 0.0
                for k in 0...j { sum += factor[i * order + k] * factor[j * order + k] }
                matrix[i * order + j] = sum
                matrix[j * order + i] = sum
            }
        }
        return matrix
    }
}
