/// Mixes option distributions: mode `choice`.
public struct ChoiceMixer: Sendable {
    private let model: GateModel

    /// A mixer for `model`, which must have been trained on choices.
    ///
    /// - Throws: `GatingError` with code `poolMismatch` for a gate of another kind.
    public init(model: GateModel) throws(GatingError) {
        guard model.kind == .choice else {
            throw GatingError(
                .poolMismatch,
                "the gate was trained on \(model.kind)s: mode choice needs one trained on choices"
            )
        }
        self.model = model
    }

    /// Mixes the log-probabilities (normalised or not) that `members` gave to `optionCount` options; members whose
    /// entry is `nil`, not finite or of another length count as absent. `nil` if nobody answered.
    public func mix(
        members: [Int],
        logProbabilities: [[Double]?],
        optionCount: Int,
        reading: GateReading
    ) -> Mixture? {
        var answers: [(expert: Int, answer: ExpertAnswer)] = []
        for (member, logits) in zip(members, logProbabilities) {
            guard let logits, logits.count == optionCount, logits.allSatisfy(\.isFinite) else { continue }
            answers.append((member, .choice(logits)))
        }
        guard !answers.isEmpty, optionCount > 0 else { return nil }
        return EvidencePool.mix(answers, optionCount: optionCount, model: model, reading: reading)
    }
}
