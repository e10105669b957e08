/// Prompts with what every expert did on them: what the gate is trained and evaluated on.
public struct CalibrationSet: Sendable {
    /// What the outcomes consist of; the same for all of them.
    public let kind: AnswerKind
    /// Names of the experts, in pool order.
    public let experts: [String]
    /// The prompts.
    public let prompts: [CalibrationPrompt]
    /// `answers[expert][prompt]`; `nil` where the expert has no outcome on the prompt.
    public let answers: [[ExpertAnswer?]]

    /// A checked calibration set.
    ///
    /// - Throws: `GatingError` when experts repeat, shapes differ, an answer's kind or option count does not fit, a number is
    ///   not finite, or a score lies outside 0...1.
    public init(
        kind: AnswerKind,
        experts: [String],
        prompts: [CalibrationPrompt],
        answers: [[ExpertAnswer?]]
    ) throws(GatingError) {
        guard !experts.isEmpty else { throw GatingError(.badInput, "no experts: name at least one") }
        guard Set(experts).count == experts.count else {
            throw GatingError(
                .badInput,
                "an expert is named twice in \(experts.joined(separator: ", ")): name each once"
            )
        }
        guard answers.count == experts.count, answers.allSatisfy({ $0.count == prompts.count }) else {
            throw GatingError(.badInput, "outcomes must be given as one row per expert and one column per prompt")
        }
        for prompt in prompts { try Self.check(prompt, kind: kind) }
        for (expert, row) in zip(experts, answers) {
            for (prompt, answer) in zip(prompts, row) {
                guard let answer else { continue }
                try Self.check(answer, of: expert, on: prompt, kind: kind)
            }
        }
        self.kind = kind
        self.experts = experts
        self.prompts = prompts
        self.answers = answers
    }

    private init(
        unchecked kind: AnswerKind,
        _ experts: [String],
        _ prompts: [CalibrationPrompt],
        _ answers: [[ExpertAnswer?]]
    ) {
        self.kind = kind
        self.experts = experts
        self.prompts = prompts
        self.answers = answers
    }

    /// The set with only the prompts for which `isIncluded` holds.
    public func filter(_ isIncluded: (CalibrationPrompt) -> Bool) -> CalibrationSet {
        select(prompts: prompts.indices.filter { isIncluded(prompts[$0]) })
    }

    /// The set with only the prompts at `indices`, in that order.
    public func select(prompts indices: [Int]) -> CalibrationSet {
        CalibrationSet(
            unchecked: kind,
            experts,
            indices.map { prompts[$0] },
            answers.map { row in indices.map { row[$0] } }
        )
    }

    /// The set with only the experts called `names`, in that order.
    ///
    /// - Throws: `GatingError` with code `poolMismatch` when a name is unknown.
    public func select(experts names: [String]) throws(GatingError) -> CalibrationSet {
        var rows: [[ExpertAnswer?]] = []
        for name in names {
            guard let index = experts.firstIndex(of: name) else {
                throw GatingError(
                    .poolMismatch,
                    "the outcomes hold no expert '\(name)'; they hold \(experts.joined(separator: ", "))"
                )
            }
            rows.append(answers[index])
        }
        return try CalibrationSet(kind: kind, experts: names, prompts: prompts, answers: rows)
    }

    private static func check(_ prompt: CalibrationPrompt, kind: AnswerKind) throws(GatingError) {
        guard kind != .score else { return }
        guard (2...CalibrationSet.maximumOptions).contains(prompt.optionCount) else {
            throw GatingError(
                .badInput,
                "prompt '\(prompt.id)' has \(prompt.optionCount) options; 2 to \(maximumOptions) are supported"
            )
        }
        guard let answer = prompt.answer, (0..<prompt.optionCount).contains(answer) else {
            throw GatingError(
                .badInput,
                "prompt '\(prompt.id)' has no correct answer among its \(prompt.optionCount) options: correct the field 'answer'"
            )
        }
    }

    private static func check(
        _ answer: ExpertAnswer,
        of expert: String,
        on prompt: CalibrationPrompt,
        kind: AnswerKind
    ) throws(GatingError) {
        let place = "expert '\(expert)' on prompt '\(prompt.id)'"
        guard answer.kind == kind else {
            throw GatingError(.badInput, "\(place): an outcome of kind \(answer.kind) in a set of kind \(kind)")
        }
        switch answer {
        case .choice(let logits):
            guard logits.count == prompt.optionCount, logits.allSatisfy(\.isFinite) else {
                throw GatingError(.badInput, "\(place): \(prompt.optionCount) finite log-probabilities are needed")
            }
        case .vote(let option, let length):
            guard option.map({ (0..<prompt.optionCount).contains($0) }) ?? true, (length ?? 0) >= 0 else {
                throw GatingError(.badInput, "\(place): the vote is not one of the options, or its length is negative")
            }
        case .score(let score):
            guard score >= 0, score <= 1 else {
                throw GatingError(.badInput, "\(place): the score \(score) is not within 0...1")
            }
        }
    }

    /// The most options that a prompt may have.
    public static let maximumOptions = 64
}
