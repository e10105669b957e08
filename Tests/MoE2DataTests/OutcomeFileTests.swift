import MoE2Gating
import Testing

@testable import MoE2Data

@Suite struct OutcomeFileTests {
    private let prompts = [
        CalibrationPrompt(id: "1", text: "q", optionCount: 2, answer: 0),
        CalibrationPrompt(id: "2", text: "r", optionCount: 2, answer: 1),
    ]

    private func parse(_ text: String) throws(DataError) -> OutcomeFile {
        try OutcomeFile.parse(Array(text.utf8), name: "o.csv")
    }

    private func fails(_ text: String, says what: String) {
        do throws(DataError) {
            _ = try parse(text)
            Issue.record("accepted what should say '\(what)'")
        } catch {
            #expect(error.code == .malformed && error.message.contains(what), "\(error.message)")
        }
    }

    @Test func readsChoicesAndDropsLettersThatThePromptDoesNotHave() throws {
        let file = try parse("id,model,zA,zB,zC\n1,a,0.5,-1,9\n2,a,0,1,2\n1,b,1,2,3\n9,b,0,0,0\n")
        #expect(file.kind == .choice && file.experts == ["a", "b"])
        let set = try file.join(prompts)
        #expect(set.answers == [[.choice([0.5, -1]), .choice([0, 1])], [.choice([1, 2]), nil]])
    }

    @Test func readsVotesAndScores() throws {
        let votes = try parse("id,model,pred,correct,out_chars\n1,a,B,0,120\n2,a,,0,\n1,b,J,1,7\n").join(prompts)
        #expect(votes.kind == .vote)
        #expect(votes.answers[0] == [.vote(option: 1, length: 120), .vote(option: nil, length: nil)])
        #expect(votes.answers[1] == [.vote(option: nil, length: 7), nil], "J is not an option of a prompt with two")
        let texts = [CalibrationPrompt(id: "1", text: "q")]
        #expect(try parse("id,model,score\n1,a,0.25\n").join(texts).answers == [[.score(0.25)]])
    }

    @Test func refusesWhatItCannotUseAndSaysWhere() {
        fails("id,model,zA,zB\n1,a,0,nan\n", says: "line 2")
        fails("id,model,zA,zB\n1,a,0,inf\n", says: "line 2")
        fails("id,model,zA,zB,zC\n1,a,0,,1\n", says: "line 2")
        fails("id,model,zA,zB\n1,a,0,1\n1,a,0,1\n", says: "repeats an earlier row")
        fails("id,model,score\n1,a,1.5\n", says: "not within 0...1")
        fails("id,model,pred\n1,a,AB\n", says: "a letter or nothing")
        fails("id,model,pred,out_chars\n1,a,A,-3\n", says: "out_chars")
        fails("id,model,answer\n1,a,A\n", says: "has neither columns")
        fails("model,zA,zB\na,0,1\n", says: "no column 'id'")
    }

    @Test func namesTheExpertThatHasNoOutcomes() throws {
        let file = try parse("id,model,zA,zB\n1,a,0,1\n")
        do throws(GatingError) {
            _ = try file.join(prompts, pool: ["a", "missing"])
            Issue.record("joined an expert without outcomes")
        } catch {
            #expect(error.code == .poolMismatch && error.message.contains("'missing'"))
        }
    }

    @Test func readsFewerLogProbabilitiesForPromptsWithFewerOptions() throws {
        let file = try parse("id,model,zA,zB,zC\n1,a,0,1,\n")
        #expect(try file.join([prompts[0]]).answers == [[.choice([0, 1])]])
        let three = CalibrationPrompt(id: "1", text: "q", optionCount: 3, answer: 0)
        #expect(throws: GatingError.self) { try file.join([three]) }
    }

    @Test func leavesOutPromptsWithoutOutcomes() throws {
        let set = try parse("id,model,zA,zB\n2,a,0,1\n").join(prompts)
        #expect(set.prompts.map(\.id) == ["2"])
    }
}
