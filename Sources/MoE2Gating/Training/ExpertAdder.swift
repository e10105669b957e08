/// Adds one expert to a trained gate. Only what belongs to the new expert is trained: every team without it keeps its
/// scores and weights bit by bit.
public struct ExpertAdder {
    private let encoder: any PromptEncoder
    private let seed: UInt64

    /// An adder that reads prompts with `encoder`, which must be the gate's.
    public init(encoder: any PromptEncoder, seed: UInt64 = 1) {
        self.encoder = encoder
        self.seed = seed
    }

    /// The gate with `name` as its last expert, learned from `training`, which must hold outcomes of `name` and, for a gate
    /// with a pool, of the gate's experts on the same prompts. Stored baseline classifiers are dropped: they would have to
    /// be retrained for all experts.
    ///
    /// - Throws: `GatingError` when the encoder or the kind of outcome differs, the expert is already there, or outcomes lack.
    public func add(_ name: String, to gate: GateModel, training: CalibrationSet) throws(GatingError) -> GateModel {
        guard encoder.identity == gate.encoderIdentity else {
            throw GatingError(
                .poolMismatch,
                "the gate reads '\(gate.encoderIdentity)' features, not '\(encoder.identity)'"
            )
        }
        guard training.kind == gate.kind else {
            throw GatingError(
                .poolMismatch,
                "the gate was trained on \(gate.kind)s, the outcomes are \(training.kind)s"
            )
        }
        guard !gate.experts.contains(name) else {
            throw GatingError(.poolMismatch, "the gate already knows '\(name)': remove it first to train it anew")
        }
        let known = gate.kind == .score ? [] : gate.experts
        let set = try training.select(experts: known + [name])
        try CalibrationChecks.check(set)
        let own = try set.select(experts: [name])
        let fitted = EvidenceModel(fitting: own)
        let targets = ScoreTargets(own, model: fitted)
        let documents = set.prompts.map { gate.terms.apply(encoder.encode($0.text)) }
        let columns = set.prompts.map { gate.labels.resolve($0.labels) }
        let heads = ScoreHeads(
            targets,
            kind: gate.kind,
            documents: documents,
            columns: columns,
            labels: gate.labels,
            dimension: gate.terms.weights.count
        )
        let evidence = EvidenceModel(
            reliabilities: gate.evidence.reliabilities + fitted.reliabilities,
            voteAccuracies: gate.evidence.voteAccuracies + fitted.voteAccuracies
        )
        let pool = gate.pool.map { pool in
            let text = documents.indices.flatMap { row in
                gate.textHead.apply(documents[row]).map { $0 / gate.textScale }
                    + [heads.text.crossFitted[row] / gate.textScale]
            }
            return PoolTrainer(
                table: EvidenceTable(set, model: evidence),
                labels: columns,
                labelCount: gate.labels.count,
                text: text,
                seed: seed,
                hasLabelBias: gate.kind == .choice
            ).trainLast(extending: pool)
        }
        return extend(gate, name, targets, heads, evidence, pool)
    }

    private func extend(
        _ gate: GateModel,
        _ name: String,
        _ targets: ScoreTargets,
        _ heads: ScoreHeads,
        _ evidence: EvidenceModel,
        _ pool: PoolParameters?
    ) -> GateModel {
        let prompts = Double(max(targets.qualities.count, 1))
        let count = gate.expertCount
        return GateModel(
            kind: gate.kind,
            experts: gate.experts + [name],
            encoderIdentity: gate.encoderIdentity,
            temperature: gate.temperature,
            terms: gate.terms,
            labels: gate.labels,
            scoreMeans: gate.scoreMeans + targets.means,
            labelEffects: LabelEffects(
                experts: count + 1,
                effects: Self.interleave(gate.labelEffects.effects, heads.labelEffects.effects, count)
            ),
            textHead: TextHead(
                experts: count + 1,
                weights: Self.interleave(gate.textHead.weights, heads.text.head.weights, count)
            ),
            textScale: gate.textScale,
            evidence: evidence,
            pool: pool,
            baselines: Baselines(
                accuracies: gate.baselines.accuracies + [targets.qualities.reduce(0, +) / prompts],
                logLikelihoods: gate.baselines.logLikelihoods
                    + [targets.likelihoods.reduce(0) { $0 + naturalLog(max($1, 1e-12)) } / prompts],
                staticWeights: gate.baselines.staticWeights + [0],
                neighbours: nil,
                classifier: nil
            ),
            trainingPrompts: gate.trainingPrompts
        )
    }

    /// Rows of `count` old columns with one new column appended; an empty table counts as zeros.
    private static func interleave<Number: ExpressibleByIntegerLiteral>(
        _ old: [Number],
        _ new: [Number],
        _ count: Int
    ) -> [Number] {
        let rows = max(old.count / max(count, 1), new.count)
        var result: [Number] = []
        result.reserveCapacity(rows * (count + 1))
        for row in 0..<rows {
            if old.isEmpty {
                result.append(contentsOf: repeatElement(0, count: count))
            } else {
                result.append(contentsOf: old[(row * count)..<((row + 1) * count)])
            }
            result.append(new.isEmpty ? 0 : new[row])
        }
        return result
    }
}
