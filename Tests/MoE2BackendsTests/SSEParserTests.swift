import MoE2Core
import MoE2Testing
import Testing

@testable import MoE2Backends

@Suite struct SSEParserTests {
    private func parse(_ pieces: [[UInt8]]) throws -> [SSEEvent] {
        var parser = SSEParser()
        var events: [SSEEvent] = []
        for piece in pieces { events += try piece.withUnsafeBytes { try parser.push($0) } }
        if let last = try parser.finish() { events.append(last) }
        return events
    }

    private func push(_ bytes: [UInt8], to parser: inout SSEParser) throws {
        _ = try bytes.withUnsafeBytes { try parser.push($0) }
    }

    private static let stream = """
        : a comment\r
        data: {"a":"é€😀"}\r
        \r
        event: note
        data:first
        data: second

        id: 7
        retry: 1000
        data

        error: {"message":"broken"}

        data: [DONE]


        """

    private static let expected = [
        SSEEvent(name: "", data: "{\"a\":\"é€😀\"}"),
        SSEEvent(name: "note", data: "first\nsecond"),
        SSEEvent(name: "error", data: "{\"message\":\"broken\"}"),
        SSEEvent(name: "", data: "[DONE]"),
    ]

    @Test func aSplitAnywhereChangesNothing() throws {
        for text in [Self.stream, "\u{feff}" + Self.stream, Self.stream.replacing("\n", with: "\r")] {
            let bytes = Array(text.utf8)
            #expect(try parse([bytes]) == Self.expected)
            for place in 0...bytes.count {
                #expect(
                    try parse([Array(bytes[..<place]), Array(bytes[place...])]) == Self.expected,
                    "split at \(place)"
                )
            }
            #expect(try parse(bytes.map { [$0] }) == Self.expected)
        }
    }

    @Test func randomPiecesChangeNothing() throws {
        let seed: UInt64 = 20_251_125
        var generator = SeededGenerator(seed: seed)
        let bytes = Array(Self.stream.utf8)
        for round in 0..<500 {
            var pieces: [[UInt8]] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = rest.prefix(Int.random(in: 0...20, using: &generator))
                pieces.append(Array(piece))
                rest = rest.dropFirst(piece.count)
            }
            #expect(try parse(pieces) == Self.expected, "seed \(seed), round \(round)")
        }
    }

    @Test func bytesThatAreNoTextAreReplaced() throws {
        let events = try parse([Array("data: a".utf8) + [0xff, 0xc3] + Array("b\n\n".utf8)])
        #expect(events == [SSEEvent(name: "", data: "a\u{fffd}\u{fffd}b")])
    }

    @Test func aLastEventWithoutItsEmptyLineCounts() throws {
        #expect(try parse([Array("data: x".utf8)]) == [SSEEvent(name: "", data: "x")])
        #expect(try parse([]) == [])
    }

    @Test func endlessLinesAndEventsAreRefused() {
        var parser = SSEParser()
        let error = #expect(throws: StatusError.self) {
            for _ in 0..<80 { try push([UInt8](repeating: 120, count: 16_384), to: &parser) }
        }
        #expect(error?.code == .dataLoss)
        var other = SSEParser()
        #expect(throws: StatusError.self) {
            for _ in 0..<80 {
                try push(Array("data: ".utf8) + [UInt8](repeating: 120, count: 16_384) + [10], to: &other)
            }
        }
    }
}
