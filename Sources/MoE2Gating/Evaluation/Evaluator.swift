/// Answers the prompts of a calibration set with a gate, by the code that serves, and with the baselines.
public struct Evaluator: Sendable {
    private let model: GateModel
    private let views: [PromptView]
    /// Gate numbers of the experts of the set.
    public let pool: [Int]

    /// An evaluator of `model` on `set`, whose experts must be known to the gate. `encoder` reads the prompts; `nil` takes
    /// the embedded one.
    ///
    /// - Throws: `GatingError` when an expert, the kind of outcome or the encoder is foreign to the gate, or the set is empty.
    public init(model: GateModel, set: CalibrationSet, encoder: (any PromptEncoder)? = nil) throws(GatingError) {
        if let encoder, encoder.identity != model.encoderIdentity {
            throw GatingError(
                .poolMismatch,
                "the gate reads '\(model.encoderIdentity)' features, not '\(encoder.identity)'"
            )
        }
        let encoder = encoder ?? model.embeddedEncoder
        guard set.kind == model.kind else {
            throw GatingError(.poolMismatch, "the gate was trained on \(model.kind)s, the outcomes are \(set.kind)s")
        }
        guard !set.prompts.isEmpty else {
            throw GatingError(
                .emptySplit,
                "no prompts with outcomes to evaluate: name another split, or use --split all"
            )
        }
        let pool = try model.numbers(of: set.experts)
        self.model = model
        self.pool = pool
        views = set.prompts.indices.map { row in
            let features = encoder?.encode(set.prompts[row].text) ?? SparseVector()
            return PromptView(model: model, set: set, row: row, pool: pool, features: features)
        }
    }

    /// The number of prompts.
    public var promptCount: Int { views.count }

    /// How `method` does on every prompt with the experts `members` (gate numbers); at most `k` of them per prompt for
    /// `moe2`. `nil` if the gate file lacks what the method needs, or the method does not apply to free text.
    public func results(_ method: MethodName, members: [Int], k: Int? = nil) -> [PromptResult]? {
        guard !members.isEmpty else { return nil }
        let isText = model.kind == .score
        switch method {
        case .moe2:
            return views.map { isText ? $0.routed(to: $0.first(of: members)) : $0.mixed(members, k: k, model) }
        case .top2:
            return isText ? nil : views.map { $0.mixed(members, k: 2, model) }
        case .route:
            return views.map { $0.routed(to: $0.first(of: members)) }
        case .bestSingle:
            return model.baselines.bestSingle(among: members).map { best in views.map { $0.routed(to: best) } }
        case .uniform:
            return isText ? nil : views.map { $0.linear(members, weights: nil) }
        case .staticMixture:
            return isText ? nil : views.map { $0.linear(members, weights: model.baselines.staticWeights) }
        case .neighbours:
            return model.baselines.neighbours == nil ? nil : views.map { $0.routed(by: $0.neighbours, members) }
        case .logistic:
            return model.baselines.classifier == nil ? nil : views.map { $0.routed(by: $0.confidences, members) }
        case .selectLLM:
            return isText || model.baselines.classifier == nil ? nil : views.map { $0.voted(members) }
        case .random:
            return views.map { $0.expected(members) }
        case .oracle:
            return views.map { $0.best(members) }
        }
    }

    /// The gate's scores of the experts of the pool, in its order, for every prompt: what a planner selects by. They do not
    /// depend on any outcome.
    public var scores: [[Double]] { views.map { view in pool.map { view.reading.scores[$0] } } }
}
