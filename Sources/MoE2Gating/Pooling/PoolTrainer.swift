/// Trains the pool once, over samples of prompt and team, so that it holds for every team.
struct PoolTrainer {
    /// Evidence as it was given.
    let table: EvidenceTable
    /// Label columns per prompt.
    let labels: [[Int]]
    let labelCount: Int
    /// Standardised, cross-fitted text head outputs `[prompt][expert]`.
    let text: [Double]
    let seed: UInt64
    /// Whether labels have a position bias of their own: votes are too coarse to tell one.
    let hasLabelBias: Bool
    /// How the evidence of every expert is corrected, where that is known; trained otherwise.
    var correction: EvidenceCorrection?
    /// Whether only the full pool counts, not the teams within it: what renormalising is compared with.
    var onlyFullPool = false
    var iterations = 80

    /// Teams drawn per prompt.
    static let teamsPerPrompt = 16
    /// The largest position that gets its own bias.
    static let maximumPositions = 26

    /// Trains every parameter.
    func train() -> PoolParameters {
        let positions = min(table.optionCounts.max() ?? 0, Self.maximumPositions)
        let correction = correction ?? corrections(of: Array(0..<table.experts), positions: positions)
        let corrected = table.corrected(by: correction, labels: labels, text: text)
        let redundancy = Self.moments(corrected)
        let objective = makeObjective(corrected, usesLabels: true, prior: redundancy, member: nil)
        var start = [Double](repeating: 0, count: objective.parameterCount)
        write(Cholesky(redundancy, order: table.experts).factor, to: &start)
        let found = LBFGS(maximumIterations: iterations).minimise(from: start, objective.evaluate)
        let range = (objective.textStart + table.experts)..<objective.parameterCount
        return objective.parameters(
            trainTextOnly(found, correction, prior: redundancy, member: nil) { range.contains($0) },
            correction
        )
    }

    /// Trains only what belongs to the last expert of the table; `parameters` are those of the experts before it.
    func trainLast(extending parameters: PoolParameters) -> PoolParameters {
        let experts = table.experts
        let last = experts - 1
        let correction = parameters.correction.appending(
            corrections(of: [last], positions: parameters.correction.positions)
        )
        let corrected = table.corrected(by: correction, labels: labels, text: text)
        let redundancy = Self.moments(corrected)
        var objective = makeObjective(corrected, usesLabels: true, prior: redundancy, member: last)
        var start = [Double](repeating: 0, count: objective.parameterCount)
        write(Self.extend(parameters.redundancy, by: redundancy, order: experts), to: &start)
        for label in 0..<labelCount where (label + 1) * last <= parameters.labelModulation.count {
            for i in 0..<last {
                start[objective.labelStart + label * experts + i] = parameters.labelModulation[label * last + i]
            }
        }
        for i in 0..<last {
            start[objective.textStart + i] = parameters.textModulation[i]
            start[objective.textStart + experts + i] = parameters.textOnlyModulation[i]
        }
        objective.isFree = (0..<objective.parameterCount).map { isOfLast($0, objective) }
        let found = LBFGS(maximumIterations: iterations).minimise(from: start, objective.evaluate)
        let own = objective.textStart + experts + last
        return objective.parameters(
            trainTextOnly(found, correction, prior: redundancy, member: last) { $0 == own },
            correction
        ).keeping(parameters)
    }

    private func corrections(of experts: [Int], positions: Int) -> EvidenceCorrection {
        let trainer = CorrectionTrainer(
            table: table,
            labels: labels,
            labelCount: labelCount,
            text: text,
            positions: positions,
            hasLabelBias: hasLabelBias
        )
        return experts.dropFirst().reduce(trainer.train(experts[0])) { $0.appending(trainer.train($1)) }
    }

    /// `x` with the free parameters trained on prompts as if no label of theirs were known.
    private func trainTextOnly(
        _ x: [Double],
        _ correction: EvidenceCorrection,
        prior: [Double],
        member: Int?,
        isFree: (Int) -> Bool
    ) -> [Double] {
        guard text.contains(where: { $0 != 0 }) else { return x }
        let bare = table.corrected(by: correction, labels: labels.map { _ in [] }, text: text)
        var objective = makeObjective(bare, usesLabels: false, prior: prior, member: member)
        objective.isFree = (0..<objective.parameterCount).map(isFree)
        return LBFGS(maximumIterations: 15).minimise(from: x, objective.evaluate)
    }

    func makeObjective(
        _ table: EvidenceTable,
        usesLabels: Bool,
        prior: [Double],
        member: Int?
    ) -> PoolObjective {
        var random = SplitMix64(seed: seed)
        var sampler = SubsetSampler(experts: table.experts, member: member, random: &random)
        let full = [[Int]](repeating: Array(0..<table.experts), count: table.promptCount)
        var samples = PoolSamples()
        for _ in 0..<(onlyFullPool ? 1 : Self.teamsPerPrompt) {
            let teams = onlyFullPool ? full : sampler.draw(table.promptCount, &random)
            for (prompt, team) in teams.enumerated() {
                let available = table.available[prompt]
                if let member, !available.contains(member) { continue }
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
            redundancyPrior: prior
        )
    }

    private func isOfLast(_ index: Int, _ objective: PoolObjective) -> Bool {
        let experts = table.experts
        let last = experts - 1
        if index < objective.labelStart { return index >= objective.labelStart - experts }
        return (index - objective.labelStart) % experts == last
    }

    /// The empirical second moments of the evidence, per option, with a little added to the diagonal. Corrected evidence is
    /// a calibrated log-probability, whose mean at the right option is about its second moment: one Newton step from "no
    /// expert counts" gives the weights R⁻¹·diag(R).
    static func moments(_ table: EvidenceTable) -> [Double] {
        let experts = table.experts
        var redundancy = [Double](repeating: 0, count: experts * experts)
        for prompt in 0..<table.promptCount {
            let count = table.optionCounts[prompt]
            let offset = table.offsets[prompt]
            for i in 0..<experts {
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
            for j in 0...i {
                let value = redundancy[i * experts + j] * share + (i == j ? 1e-3 * trace / Double(experts) + 1e-6 : 0)
                redundancy[i * experts + j] = value
                redundancy[j * experts + i] = value
            }
        }
        return redundancy
    }

    /// The factor of the known redundancy with one more row, taken from the empirical one.
    private static func extend(_ known: [Double], by empirical: [Double], order: Int) -> [Double] {
        let last = order - 1
        var matrix = empirical
        for i in 0..<last { for j in 0..<last { matrix[i * order + j] = known[i * last + j] } }
        return Cholesky(matrix, order: order, floor: 1e-3).factor
    }

    /// Writes the lower triangle of `factor` to the start of `x`.
    private func write(_ factor: [Double], to x: inout [Double]) {
        var index = 0
        for i in 0..<table.experts {
            for j in 0...i {
                x[index] = factor[i * table.experts + j]
                index += 1
            }
        }
    }
}
