import MoE2Testing
import Testing

@testable import MoE2HTTP

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

    /// What the writer writes, the reader reads back.
    @Test(arguments: [1, 2, 3] as [UInt64]) func writtenTextReadsBack(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<500 {
            let text = String(
                String.UnicodeScalarView(
                    (0..<Int.random(in: 0...20, using: &generator)).compactMap { _ in
                        Unicode.Scalar(UInt32.random(in: 0...0x1F9FF, using: &generator))
                    }
                )
            )
            let number = Double(bitPattern: generator.next())
            let bytes = JSONWriter.object { writer in
                writer.member("text", text)
                writer.member("number", number)
                writer.array("list") { writer in
                    writer.value(Int.random(in: -9...9, using: &generator))
                    writer.object { _ in }
                }
            }
            let root = try JSONDocument(bytes).root
            guard case .string(let readText)? = root["text"]?.kind else {
                Issue.record("seed \(seed): no text")
                return
            }
            #expect(readText == text, "seed \(seed)")
            if case .number(let readNumber)? = root["number"]?.kind {
                #expect(readNumber == number, "seed \(seed)")
            } else {
                #expect(!number.isFinite, "seed \(seed)")
            }
        }
    }
}
