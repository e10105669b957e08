import MoE2Core
import MoE2Data
import MoE2Gating
import Testing

@testable import MoE2Calibration

@Suite struct CalibrationFormatTests {
    private let closed = CalibrationPrompt(
        id: "1",
        text: "q\nx\ny",
        optionCount: 2,
        answer: 1,
        question: "q",
        options: ["x", "y"]
    )
    private let free = CalibrationPrompt(id: "2", text: "2+2", reference: "Four.")

    @Test func readsTheChosenLetter() {
        let texts: [(String, Int?)] = [
            ("So the answer is (C).", 2), ("The answer is B", 1), ("Answer: A\nmore", 0), ("I think D.", 3),
            ("The answer is (A). No, the answer is (B).", 1), ("none of them", nil), ("", nil),
            ("the answer is (Z)", nil), ("**Answer:** C", 2),
        ]
        for (text, option) in texts { #expect(VoteReader.option(in: text, count: 4) == option, "\(text)") }
    }

    @Test func asksWhatTheKindNeeds() throws {
        let expert = try ExpertID("a")
        let choice = try CalibrationFormat(prompts: [closed]).query(closed, of: expert, maxTokens: 9)
        #expect(
            choice.mode == .choice && choice.choices == ["x", "y"] && choice.prompt == "q" && choice.expert == expert
        )
        let vote = try CalibrationFormat(prompts: [closed], kind: .vote).query(closed, of: expert, maxTokens: 9)
        #expect(vote.mode == .route && vote.prompt.contains("B. y") && vote.choices.isEmpty)
        #expect(try CalibrationFormat(prompts: [free]).kind == .score)
    }

    @Test func refusesPromptsThatCannotBeJudged() {
        #expect(throws: CalibrationError.self) { try CalibrationFormat(prompts: []) }
        #expect(throws: CalibrationError.self) { try CalibrationFormat(prompts: [free], kind: .choice) }
        let open = CalibrationPrompt(id: "3", text: "Write a poem")
        #expect(throws: CalibrationError.self) { try CalibrationFormat(prompts: [open]) }
    }

    /// What is written must be what training reads.
    @Test func writesRowsThatTrainingReads() throws {
        let expert = try ExpertID("a")
        let format = try CalibrationFormat(prompts: [closed])
        var answer = Self.answer(expert)
        answer.candidates[0].choiceProbabilities = [1, 0]
        let row = ["1", "a"] + (try format.fields(answer, to: closed, of: expert))
        let text = [format.header, row].map { $0.joined(separator: ",") }.joined(separator: "\n")
        let set = try OutcomeFile.parse(Array(text.utf8), name: "o").join([closed])
        #expect(set.answers == [[.choice([0, -100])]])
        #expect(row.suffix(5) == ["3", "1", "250.0", "1.5", "measured"])

        let scores = try CalibrationFormat(prompts: [free])
        #expect(try scores.fields(Self.answer(expert, text: " four "), to: free, of: expert).first == "1")
        #expect(try scores.fields(Self.answer(expert, text: "five"), to: free, of: expert).first == "0")
    }

    @Test func refusesAnswersOfOthersAndHalfAnswers() throws {
        let expert = try ExpertID("a")
        let format = try CalibrationFormat(prompts: [free])
        #expect(throws: CalibrationError.self) {
            try format.fields(Self.answer(expert), to: free, of: try ExpertID("b"))
        }
        var half = Self.answer(expert)
        half.degraded = "an expert was lost"
        #expect(throws: CalibrationError.self) { try format.fields(half, to: free, of: expert) }
        let choices = try CalibrationFormat(prompts: [closed])
        #expect(throws: CalibrationError.self) { try choices.fields(Self.answer(expert), to: closed, of: expert) }
    }

    static func answer(_ expert: ExpertID, text: String = "four") -> Answer {
        let usage = Usage(
            promptTokens: 3,
            completionTokens: 1,
            total: .milliseconds(250),
            energy: .joules(1.5),
            energySource: .measured
        )
        let cost = CostEstimate(
            latency: .zero,
            latencyP90: .zero,
            energy: .zero,
            energyP90: .zero,
            source: .unknown
        )
        return Answer(
            text: text,
            decision: TeamDecision(
                team: [],
                predicted: cost,
                plan: 0,
                category: Category(rawValue: "general")!
            ),
            candidates: [Candidate(expert: expert, weight: 1, text: text, usage: usage)],
            usage: usage,
            timeToFirstToken: .zero
        )
    }
}
