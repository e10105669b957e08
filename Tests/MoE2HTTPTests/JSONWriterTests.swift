import MoE2Core
import MoE2Testing
import Testing

@testable import MoE2HTTP

@Suite struct JSONWriterTests {
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
