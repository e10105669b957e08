/// Trains the pool anew for one set of experts alone: what renormalising a gate that was trained once is compared with.
///
/// Scores, text heads, reliabilities and corrections belong to single experts, so only the rest of the pool can differ.
public struct PoolRetrainer: Sendable {
    private let model: GateModel
    private let training: CalibrationSet
    private let columns: [[Int]]
    private let text: [Double]
    private let seed: UInt64

    /// A trainer for subsets of `model`'s experts on `training`, which must hold outcomes of all of them. `encoder` must be
    /// the gate's.
    ///
    /// - Throws: `GatingError` when an expert, the kind of outcome or the encoder is foreign to the gate, the gate mixes
    ///   nothing, or `training` is empty.
    public init(
        model: GateModel,
        training: CalibrationSet,
        encoder: some PromptEncoder,
        seed: UInt64 = 1
    ) throws(GatingError) {
        guard encoder.identity == model.encoderIdentity else {
            throw GatingError(
                .poolMismatch,
                "the gate reads '\(model.encoderIdentity)' features, not '\(encoder.identity)'"
            )
        }
        guard training.kind == model.kind, model.pool != nil else {
            throw GatingError(
                .poolMismatch,
                "only gates that mix answers can be retrained; this one was trained on \(model.kind)s, the outcomes are \(training.kind)s"
            )
        }
        let set = try training.select(experts: model.experts)
        try CalibrationChecks.check(set)
        let documents = set.prompts.map { model.terms.apply(encoder.encode($0.text)) }
        columns = set.prompts.map { model.labels.resolve($0.labels) }
        let heads = ScoreHeads(
            ScoreTargets(set, model: model.evidence),
            kind: model.kind,
            documents: documents,
            columns: columns,
            labels: model.labels,
            dimension: model.terms.weights.count
        )
        text = heads.standardisedText
        self.model = model.withoutBaselines()
        self.training = set
        self.seed = seed
    }

    /// A gate for exactly `members` (gate numbers, ascending), whose pool was trained for them and no other set.
    ///
    /// - Throws: `GatingError` when `members` is empty or names an expert that the gate does not know.
    public func retrained(_ members: [Int]) throws(GatingError) -> GateModel {
        var reduced = model
        for name in model.experts.enumerated().filter({ !members.contains($0.offset) }).map(\.element) {
            reduced = try reduced.removing(name)
        }
        let set = try training.select(experts: reduced.experts)
        let own = columns.indices.flatMap { row in members.map { text[row * model.expertCount + $0] } }
        let pool = PoolTrainer(
            table: EvidenceTable(set, model: reduced.evidence),
            labels: columns,
            labelCount: reduced.labels.count,
            text: own,
            seed: seed,
            hasLabelBias: reduced.kind == .choice,
            correction: reduced.pool?.correction,
            onlyFullPool: true
        ).train()
        return reduced.with(pool: pool)
    }
}
