/// Trains the pool once, over samples of prompt and team, so that it holds for every team.
struct PoolTrainer {
    let table: EvidenceTable
    /// Label columns per prompt.
    let labels: [[Int]]
    let labelCount: Int
    /// Standardised, cross-fitted text head outputs `[prompt][expert]`.
    let text: [Double]
    let seed: UInt64
    /// Whether only the full pool counts, not the teams within it: what renormalising is compared with.
    var onlyFullPool = false
    var iterations = 80

    /// Teams drawn per prompt.
    static let teamsPerPrompt = 4
    /// The largest position that gets its own bias.
    static let maximumPositions = 26

    /// Trains every parameter.
    func train() -> PoolParameters {
        let (redundancy, skills) = Self.moments(table)
        let experts = table.experts
        let objective = makeObjective(usesLabels: true, prior: redundancy, member: nil)
        let factor = Cholesky(redundancy, order: experts)
        // Skills are searched as R₀·v: the curvature in v is alike in all directions, so far fewer iterations are needed.
        var start = [Double](repeating: 0, count: objective.parameterCount)
        for (i, v) in factor.solve(skills).enumerated() { start[i] = v }
        write(factor.factor, order: experts, to: &start, at: objective.factorStart)
        let found = LBFGS(maximumIterations: iterations).minimise(from: start) { x, gradient in
            let value = objective.evaluate(Self.replacingSkills(x, Self.product(redundancy, x, experts)), &gradient)
            let chained = Self.product(redundancy, gradient, experts)
            for i in 0..<experts { gradient[i] = chained[i] }
            return value
        }
        let trained = Self.replacingSkills(found, Self.product(redundancy, found, experts))
        return trainTextOnly(trained, prior: redundancy)
    }

    /// Trains only what belongs to the last expert of the table; `parameters` are those of the experts before it.
    func trainLast(extending parameters: PoolParameters) -> PoolParameters {
        let experts = table.experts
        let last = experts - 1
        let (redundancy, skills) = Self.moments(table)
        var objective = makeObjective(usesLabels: true, prior: redundancy, member: last)
        var start = [Double](repeating: 0, count: objective.parameterCount)
        for i in 0..<last { start[i] = parameters.skills[i] }
        start[last] = skills[last]
        write(
            Self.extend(parameters.redundancy, by: redundancy, order: experts),
            order: experts,
            to: &start,
            at: objective.factorStart
        )
        for label in 0..<labelCount where (label + 1) * last <= parameters.labelModulation.count {
            for i in 0..<last {
                start[objective.labelStart + label * experts + i] = parameters.labelModulation[label * last + i]
            }
        }
        for i in 0..<last {
            start[objective.textStart + i] = parameters.textModulation[i]
            start[objective.textStart + experts + i] = parameters.textOnlyModulation[i]
        }
        for (i, bias) in parameters.positionBias.enumerated() where i < objective.positions {
            start[objective.biasStart + i] = bias
        }
        objective.isFree = (0..<objective.parameterCount).map { isOfLast($0, objective) }
        var found = LBFGS(maximumIterations: iterations).minimise(from: start, objective.evaluate)
        var textOnly = makeObjective(usesLabels: false, prior: redundancy, member: last)
        textOnly.isFree = (0..<textOnly.parameterCount).map { $0 == textOnly.textStart + experts + last }
        found = LBFGS(maximumIterations: 15).minimise(from: found, textOnly.evaluate)
        return objective.parameters(found).keeping(parameters)
    }

    private func trainTextOnly(_ x: [Double], prior: [Double]) -> PoolParameters {
        var objective = makeObjective(usesLabels: false, prior: prior, member: nil)
        guard text.contains(where: { $0 != 0 }) else { return objective.parameters(x) }
        let range = (objective.textStart + table.experts)..<objective.biasStart
        objective.isFree = (0..<objective.parameterCount).map { range.contains($0) }
        return objective.parameters(LBFGS(maximumIterations: 15).minimise(from: x, objective.evaluate))
    }

    func makeObjective(usesLabels: Bool, prior: [Double], member: Int?) -> PoolObjective {
        var random = SplitMix64(seed: seed)
        let sampler = SubsetSampler(experts: table.experts, member: member, random: &random)
        let full = Array(0..<table.experts)
        var samples = PoolSamples()
        for prompt in 0..<table.promptCount {
            let available = table.available[prompt]
            if let member, !available.contains(member) { continue }
            for _ in 0..<(onlyFullPool ? 1 : Self.teamsPerPrompt) {
                let team = onlyFullPool ? full : sampler.draw(&random)
                samples.add(prompt: prompt, team: team, available: available, poolSize: table.experts)
            }
        }
        return PoolObjective(
            table: table,
            samples: samples,
            labels: labels,
            labelCount: labelCount,
            text: text,
            usesLabels: usesLabels,
            positions: min(table.optionCounts.max() ?? 0, Self.maximumPositions),
            redundancyPrior: prior
        )
    }

    private func isOfLast(_ index: Int, _ objective: PoolObjective) -> Bool {
        let experts = table.experts
        let last = experts - 1
        if index < objective.factorStart { return index == last }
        if index < objective.labelStart { return index >= objective.labelStart - experts }
        if index < objective.biasStart { return (index - objective.labelStart) % experts == last }
        return false
    }

    /// The empirical second moments of the evidence (per option, with a little added to the diagonal) and its mean at the
    /// right option: one Newton step from "no expert counts" gives the weights R⁻¹·s.
    static func moments(_ table: EvidenceTable) -> (redundancy: [Double], skills: [Double]) {
        let experts = table.experts
        var redundancy = [Double](repeating: 0, count: experts * experts)
        var skills = [Double](repeating: 0, count: experts)
        for prompt in 0..<table.promptCount {
            let count = table.optionCounts[prompt]
            let offset = table.offsets[prompt]
            for i in 0..<experts {
                skills[i] += table.values[offset + i * count + table.answers[prompt]]
                for j in 0...i {
                    var sum = 0.0
                    for k in 0..<count {
                        sum += table.values[offset + i * count + k] * table.values[offset + j * count + k]
                    }
                    redundancy[i * experts + j] += sum / Double(count)
                }
            }
        }
        let share = 1 / Double(max(table.promptCount, 1))
        var trace = 0.0
        for i in 0..<experts { trace += redundancy[i * experts + i] * share }
        for i in 0..<experts {
            skills[i] *= share
            for j in 0...i {
                let value = redundancy[i * experts + j] * share + (i == j ? 1e-3 * trace / Double(experts) + 1e-6 : 0)
                redundancy[i * experts + j] = value
                redundancy[j * experts + i] = value
            }
        }
        return (redundancy, skills)
    }

    /// The factor of the known redundancy with one more row, taken from the empirical one.
    private static func extend(_ known: [Double], by empirical: [Double], order: Int) -> [Double] {
        let last = order - 1
        var matrix = empirical
        for i in 0..<last { for j in 0..<last { matrix[i * order + j] = known[i * last + j] } }
        return Cholesky(matrix, order: order, floor: 1e-3).factor
    }

    private func write(_ factor: [Double], order: Int, to x: inout [Double], at start: Int) {
        var index = start
        for i in 0..<order {
            for j in 0...i {
                x[index] = factor[i * order + j]
                index += 1
            }
        }
    }

    private static func replacingSkills(_ x: [Double], _ skills: [Double]) -> [Double] {
        var x = x
        for (i, skill) in skills.enumerated() { x[i] = skill }
        return x
    }

    /// The `order` × `order` matrix times the first `order` entries of `vector`.
    private static func product(_ matrix: [Double], _ vector: [Double], _ order: Int) -> [Double] {
        (0..<order).map { i in (0..<order).reduce(0) { $0 + matrix[i * order + $1] * vector[$1] } }
    }
}
