/// Trains a gate on a calibration set. Deterministic for a given set, encoder and seed.
public struct GateTrainer {
    private let encoder: any PromptEncoder
    private let options: TrainingOptions

    /// A trainer that reads prompts with `encoder`.
    public init(encoder: any PromptEncoder, options: TrainingOptions = TrainingOptions()) {
        self.encoder = encoder
        self.options = options
    }

    /// A gate for all experts of `training`. `tuning` chooses the settings of the stored baselines; without it, or if it is
    /// empty, they keep their defaults.
    ///
    /// - Throws: `GatingError` when there are no prompts or an expert has no outcome at all.
    public func train(_ training: CalibrationSet, tuning: CalibrationSet? = nil) throws(GatingError) -> GateModel {
        try CalibrationChecks.check(training)
        let raw = training.prompts.map { encoder.encode($0.text) }
        let terms = TermWeights(documents: raw, dimension: encoder.dimension)
        let documents = raw.map { terms.apply($0) }
        let labels = LabelTable(names: Set(training.prompts.flatMap(\.labels)).sorted())
        let columns = training.prompts.map { labels.resolve($0.labels) }
        let evidence = EvidenceModel(fitting: training)
        let targets = ScoreTargets(training, model: evidence)
        let heads = ScoreHeads(
            targets,
            kind: training.kind,
            documents: documents,
            columns: columns,
            labels: labels,
            dimension: encoder.dimension
        )
        let pool =
            training.kind == .score
            ? nil
            : PoolTrainer(
                table: EvidenceTable(training, model: evidence),
                labels: columns,
                labelCount: labels.count,
                text: heads.standardisedText,
                seed: options.seed,
                hasLabelBias: training.kind == .choice
            ).train()
        let baselines = BaselineTrainer(targets: targets, documents: documents, columns: columns, labels: labels)
            .train(
                stores: options.storesBaselines,
                dimension: encoder.dimension,
                tuning: tuning.flatMap { Self.tuningRows($0, encoder, terms, labels, evidence) }
            )
        let model = GateModel(
            kind: training.kind,
            experts: training.experts,
            encoderIdentity: encoder.identity,
            temperature: 1,
            terms: terms,
            labels: labels,
            scoreMeans: targets.means,
            labelEffects: heads.labelEffects,
            textHead: heads.text.head,
            textScale: heads.textScale,
            evidence: evidence,
            pool: pool,
            baselines: baselines,
            trainingPrompts: training.prompts.count
        )
        let fitter = TemperatureFitter(model: model, scores: heads.crossFittedScores, seed: options.seed)
        return model.with(temperature: fitter.fit(training))
    }

    private static func tuningRows(
        _ set: CalibrationSet,
        _ encoder: any PromptEncoder,
        _ terms: TermWeights,
        _ labels: LabelTable,
        _ evidence: EvidenceModel
    ) -> BaselineTrainer.Tuning? {
        guard !set.prompts.isEmpty else { return nil }
        return BaselineTrainer.Tuning(
            documents: set.prompts.map { terms.apply(encoder.encode($0.text)) },
            columns: set.prompts.map { labels.resolve($0.labels) },
            qualities: ScoreTargets(set, model: evidence).qualities
        )
    }
}
