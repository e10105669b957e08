import Testing

@testable import MoE2Gating

@Suite struct CalibrationSetTests {
    private let prompt = CalibrationPrompt(id: "p", text: "a question", optionCount: 2, answer: 1)

    private func fails(
        _ code: GatingError.Code,
        says text: String,
        kind: AnswerKind = .choice,
        experts: [String] = ["a"],
        prompt: CalibrationPrompt? = nil,
        answers: [[ExpertAnswer?]]
    ) {
        do throws(GatingError) {
            _ = try CalibrationSet(kind: kind, experts: experts, prompts: [prompt ?? self.prompt], answers: answers)
            Issue.record("accepted what should fail with \(code): \(text)")
        } catch {
            #expect(error.code == code)
            #expect(error.message.contains(text), "\(error.message)")
        }
    }

    @Test func refusesWhatNoExpertCanHaveAnswered() {
        fails(.badInput, says: "finite", answers: [[.choice([0, .nan])]])
        fails(.badInput, says: "finite", answers: [[.choice([0, -.infinity])]])
        fails(.badInput, says: "2 finite", answers: [[.choice([0, 1, 2])]])
        fails(.badInput, says: "not one of the options", kind: .vote, answers: [[.vote(option: 2, length: nil)]])
        fails(.badInput, says: "negative", kind: .vote, answers: [[.vote(option: 0, length: -1)]])
        fails(.badInput, says: "not within 0...1", kind: .score, answers: [[.score(1.5)]])
        fails(.badInput, says: "not within 0...1", kind: .score, answers: [[.score(.nan)]])
        fails(.badInput, says: "of kind vote in a set of kind choice", answers: [[.vote(option: 0, length: nil)]])
    }

    @Test func refusesPoolsAndPromptsThatContradictThemselves() {
        fails(.badInput, says: "at least one", experts: [], answers: [])
        fails(.badInput, says: "named twice", experts: ["a", "a"], answers: [[nil], [nil]])
        fails(.badInput, says: "one row per expert", experts: ["a", "b"], answers: [[nil]])
        var unanswered = prompt
        unanswered.answer = nil
        fails(.badInput, says: "no correct answer", prompt: unanswered, answers: [[nil]])
        unanswered.answer = 2
        fails(.badInput, says: "no correct answer", prompt: unanswered, answers: [[nil]])
        var single = prompt
        single.optionCount = 1
        fails(.badInput, says: "2 to 64", prompt: single, answers: [[nil]])
    }

    @Test func selectsExpertsByNameAndNamesTheMissingOne() throws {
        let set = SyntheticSet.choices(experts: 3, prompts: 6)
        let selected = try set.select(experts: ["expert-2", "expert-0"])
        #expect(selected.experts == ["expert-2", "expert-0"])
        #expect(selected.answers == [set.answers[2], set.answers[0]])
        do throws(GatingError) {
            _ = try set.select(experts: ["nobody"])
            Issue.record("selected an expert that is not there")
        } catch {
            #expect(error.code == .poolMismatch)
            #expect(error.message.contains("'nobody'") && error.message.contains("expert-1"))
        }
    }
}
