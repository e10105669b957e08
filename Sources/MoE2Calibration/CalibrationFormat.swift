public import MoE2Core
public import MoE2Gating

/// What is asked of an expert on a calibration prompt, and how its answer becomes a row of the outcomes file.
public struct CalibrationFormat: Sendable {
    /// What the rows hold.
    public let kind: AnswerKind
    /// The most options of a prompt; the number of columns zA, zB, ….
    public let options: Int

    /// The most options that have letters.
    public static let maximumOptions = 26

    /// The format for `prompts`; `kind` `nil` takes choices where all prompts have options, scores otherwise.
    ///
    /// - Throws: `CalibrationError` when a prompt lacks what the kind needs.
    public init(prompts: [CalibrationPrompt], kind: AnswerKind? = nil) throws(CalibrationError) {
        guard !prompts.isEmpty else {
            throw CalibrationError(.badInput, "no prompts: name another file or another split")
        }
        let kind = kind ?? (prompts.allSatisfy { $0.optionCount > 1 } ? .choice : .score)
        for prompt in prompts {
            if kind == .score {
                guard prompt.reference?.isEmpty == false else {
                    throw CalibrationError(.badInput, "prompt '\(prompt.id)' has no 'answer' to compare with: add it")
                }
            } else {
                guard (2...Self.maximumOptions).contains(prompt.optionCount), prompt.answer != nil else {
                    throw CalibrationError(
                        .badInput,
                        "prompt '\(prompt.id)' needs 2 to \(Self.maximumOptions) options and the letter of the right one"
                    )
                }
            }
        }
        self.kind = kind
        options = kind == .choice ? prompts.map(\.optionCount).max() ?? 0 : 0
    }

    /// The names of the columns.
    public var header: [String] {
        let answer: [String] =
            switch kind {
            case .choice: (0..<options).map { "z\(Self.letter($0))" }
            case .vote: ["pred", "out_chars"]
            case .score: ["score"]
            }
        return ["id", "model"] + answer
            + ["prompt_tokens", "completion_tokens", "latency_ms", "energy_j", "energy_source"]
    }

    /// The query that asks `expert` for its outcome on `prompt`.
    public func query(_ prompt: CalibrationPrompt, of expert: ExpertID, maxTokens: Int) -> Query {
        let lettered = prompt.options.enumerated().map { "\(Self.letter($0)). \($1)" }
        let text =
            kind == .vote
            ? ([prompt.question] + lettered + ["End with: The answer is (X)."]).joined(separator: "\n")
            : prompt.question
        return Query(
            id: .random(),
            messages: [Message(role: .user, content: text)],
            mode: kind == .choice ? .choice : .route,
            teamSize: 1,
            choices: kind == .choice ? prompt.options : [],
            decoding: Decoding(maxTokens: maxTokens),
            expert: expert
        )
    }

    /// The fields after `id` and `model` for `answer`.
    ///
    /// - Throws: `CalibrationError` when the answer comes from another expert or is not whole.
    public func fields(_ answer: Answer, to prompt: CalibrationPrompt, of expert: ExpertID) throws(CalibrationError)
        -> [String]
    {
        guard let candidate = answer.candidates.first(where: { $0.expert == expert && $0.error == nil }) else {
            throw CalibrationError(.server, "the gate's answer holds nothing of '\(expert)'")
        }
        if let degraded = answer.degraded { throw CalibrationError(.server, "the answer is degraded: \(degraded)") }
        let usage = candidate.usage
        return try outcome(answer, candidate, prompt) + [
            "\(usage.promptTokens)", "\(usage.completionTokens)", "\(usage.total.milliseconds)",
            "\(usage.energy.joules)", "\(usage.energySource)",
        ]
    }

    private func outcome(_ answer: Answer, _ candidate: Candidate, _ prompt: CalibrationPrompt) throws(CalibrationError)
        -> [String]
    {
        switch kind {
        case .choice:
            let probabilities = candidate.choiceProbabilities
            guard probabilities.count == prompt.optionCount, probabilities.allSatisfy({ (0...1).contains($0) }) else {
                throw CalibrationError(
                    .server,
                    "\(prompt.optionCount) probabilities are needed, \(probabilities.count) came"
                )
            }
            let logarithms = probabilities.map { "\(LogProbability.of($0))" }
            return logarithms + [String](repeating: "", count: options - logarithms.count)
        case .vote:
            let vote = VoteReader.option(in: answer.text, count: prompt.optionCount).map(Self.letter)
            return [vote ?? "", "\(answer.text.count)"]
        case .score:
            return [ShortAnswer.canonical(answer.text) == ShortAnswer.canonical(prompt.reference ?? "") ? "1" : "0"]
        }
    }

    static func letter(_ option: Int) -> String { String(UnicodeScalar(UInt8(0x41 + option))) }
}
