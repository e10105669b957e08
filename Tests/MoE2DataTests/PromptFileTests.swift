import Testing

@testable import MoE2Data

@Suite struct PromptFileTests {
    private func parse(_ text: String) throws -> [String: Int?] {
        let prompts = try PromptFile.parse(Array(text.utf8), name: "p.jsonl")
        return Dictionary(prompts.map { ($0.id, $0.answer) }, uniquingKeysWith: { first, _ in first })
    }

    @Test func readsQuestionsChoicesAndLabels() throws {
        let line =
            #"{"id":"1","split":"train","domain":"law","category":"social","question":"Q?","choices":["x","y"],"answer":"B","extra":[1]}"#
        let prompt = try #require(try PromptFile.parse(Array((line + "\n\n").utf8), name: "p").first)
        #expect(prompt.text == "Q?\nx\ny" && prompt.answer == 1 && prompt.optionCount == 2 && prompt.split == "train")
        #expect(prompt.labels == ["category:social", "domain:law"])
        let free = try PromptFile.parse(Array(#"{"id":"1","prompt":"Write"}"#.utf8), name: "p")
        #expect(free[0].text == "Write" && free[0].optionCount == 0 && free[0].answer == nil)
    }

    @Test(arguments: ["not json", "[]", #"{"question":"no id"}"#, #"{"id":"1"}"#, #"{"id":1,"question":"q"}"#])
    func refusesLinesThatAreNoPrompt(line: String) {
        #expect(throws: DataError.self) { try parse(line) }
    }

    @Test func refusesAnIdThatRepeats() {
        let line = #"{"id":"1","question":"q"}"#
        do throws(DataError) {
            _ = try PromptFile.parse(Array("\(line)\n\(line)".utf8), name: "p.jsonl")
            Issue.record("accepted two prompts of one id")
        } catch {
            #expect(error.message.contains("line 2") && error.message.contains("repeats the id '1'"))
        }
    }
}
