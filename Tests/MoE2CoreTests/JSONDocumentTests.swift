import MoE2Core
import Testing

@Suite struct JSONDocumentTests {
    private func read(_ text: String) throws -> JSONDocument { try JSONDocument(Array(text.utf8)) }

    @Test func valuesAreRead() throws {
        let document = try read(#" {"a":[1,-2.5e3,0,true,false,null],"b":"x\né😀","c":{}} "#)
        guard case .array(let elements)? = document.root["a"]?.kind else {
            Issue.record("no array")
            return
        }
        let numbers = elements.compactMap { if case .number(let number) = $0.kind { number } else { nil } }
        #expect(numbers == [1, -2500, 0])
        guard case .string(let text)? = document.root["b"]?.kind else {
            Issue.record("no string")
            return
        }
        #expect(text == "x\né😀")
        #expect(document.root["c"].map(document.text(of:)) == "{}")
    }

    @Test func theLastOfTwoMembersCounts() throws {
        let document = try read(#"{"a":1,"a":2}"#)
        #expect(document.root["a"].map(document.text(of:)) == "2")
    }

    @Test(arguments: [
        "", " ", "{", "[1,]", "{\"a\"}", "{\"a\":}", "{a:1}", "01", "1.", ".5", "+1", "1e", "nul", "\"", "\"\\x\"",
        "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\u{1}\"", "[1] 2", "1e999", "'a'", "[1 2]", "{\"a\":1,}",
    ])
    func brokenTextsAreRefused(_ text: String) {
        #expect(throws: JSONError.self) { try read(text) }
    }

    @Test func stringsMustBeUTF8() {
        #expect(throws: JSONError.self) { try JSONDocument([0x22, 0xFF, 0x22]) }
        #expect(throws: JSONError.self) { try JSONDocument([0x22, 0x5C, 0x6E, 0xC3, 0x22]) }
    }

    @Test func depthAndSizeAreBounded() throws {
        let deep = { (levels: Int) in String(repeating: "[", count: levels) + String(repeating: "]", count: levels) }
        _ = try read(deep(JSONDocument.maximumDepth))
        #expect(throws: JSONError.self) { try read(deep(JSONDocument.maximumDepth + 1)) }
        #expect(throws: JSONError.self) { try read(deep(100_000)) }
        let many = "[" + String(repeating: "0,", count: JSONDocument.maximumValues) + "0]"
        #expect(throws: JSONError.self) { try read(many) }
    }
}
