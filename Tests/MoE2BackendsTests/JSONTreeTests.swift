import MoE2Testing
import Testing

@testable import MoE2Backends

struct JSONTreeTests {
    private func value(_ depth: Int, _ random: inout SeededGenerator) -> JSONTree {
        switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &random) {
        case 0: .null
        case 1: .bool(Bool.random(using: &random))
        case 2: .integer(Int64.random(in: Int64.min...Int64.max, using: &random))
        case 3: .number(Double(Int.random(in: -4_000_000...4_000_000, using: &random)) / 4096 + 1 / 8192)
        case 4: .string(text(&random))
        case 5: .array((0..<Int.random(in: 0..<5, using: &random)).map { _ in value(depth - 1, &random) })
        default:
            .object(
                Dictionary(
                    (0..<Int.random(in: 0..<5, using: &random)).map { _ in (text(&random), value(depth - 1, &random)) },
                    uniquingKeysWith: { first, _ in first }
                )
            )
        }
    }

    /// Anything that a string may hold, the awkward more often than not.
    private func text(_ random: inout SeededGenerator) -> String {
        let awkward: [Unicode.Scalar] = [
            "\"", "\\", "/", "\n", "\r", "\t", "\u{0}", "\u{8}", "\u{1F}", "\u{7F}", "é", "𝄞", "\u{2028}",
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0..<12, using: &random) {
            let letter = Unicode.Scalar(UInt8.random(in: 32..<127, using: &random))
            text.unicodeScalars.append(
                awkward.randomElement(using: &random).flatMap { Bool.random(using: &random) ? $0 : letter } ?? letter
            )
        }
        return text
    }

    @Test(arguments: 0..<300) func whatIsWrittenIsRead(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let value = JSONTree.object(["value": value(4, &random)])
        #expect(JSONTree(parsing: value.text) == value, "seed \(seed): \(value.text)")
    }

    @Test func numbersAreWrittenAsOthersWriteThem() {
        #expect(
            JSONTree.array([
                .number(1), .number(0.5), .number(-2e-7), .number(1e20), .number(.infinity), .number(.nan),
            ]).text == "[1,0.5,-2e-07,1e+20,null,null]"
        )
        #expect(JSONTree.integer(.min).text == "-9223372036854775808")
    }

    @Test func keysAreSorted() {
        #expect(JSONTree.object(["b": 1, "a": .null, "c/d": "x/y"]).text == #"{"a":null,"b":1,"c/d":"x/y"}"#)
    }
}
