import MoE2Testing
import MoE2Wire
import Testing

@testable import MoE2Transport

/// What comes over a connection, in whatever pieces and however broken.
struct FrameTests {
    private func decode(_ pieces: [[UInt8]]) throws -> [FrameDecoder.Element] {
        var decoder = FrameDecoder()
        var elements: [FrameDecoder.Element] = []
        for piece in pieces { elements += try piece.withUnsafeBytes { try decoder.take($0) } }
        return elements
    }

    private func bytes(of buffer: FrameBuffer) -> [UInt8] { Array(buffer.bytes(from: 0)) }

    /// A connection's bytes, with `frames` frames of random bodies, and what they stand for.
    private func conversation(_ frames: Int, _ random: inout SeededGenerator) -> ([UInt8], [FrameDecoder.Element]) {
        let buffer = FrameBuffer()
        buffer.appendPreface(version: 2)
        var elements: [FrameDecoder.Element] = [.preface(version: 2)]
        for _ in 0..<frames {
            guard Int.random(in: 0..<10, using: &random) > 0 else {
                buffer.append(exchange: Frame.noExchange, [])
                continue
            }
            let exchange = UInt64.random(in: 1...UInt64.max, using: &random)
            let size = Int.random(in: 0...(Int.random(in: 0..<20, using: &random) == 0 ? 100_000 : 300), using: &random)
            let body = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
            buffer.append(exchange: exchange, body)
            elements.append(.frame(exchange: exchange, body: body))
        }
        return (bytes(of: buffer), elements)
    }

    @Test(arguments: 0..<30) func framesComeWholeHoweverTheyAreCut(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let (bytes, expected) = conversation(40, &random)
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        let longest = [1, 7, 300, 65_536].randomElement(using: &random) ?? 1
        while !rest.isEmpty {
            let piece = rest.prefix(Int.random(in: 1...longest, using: &random))
            pieces.append(Array(piece))
            rest = rest.dropFirst(piece.count)
        }
        #expect(try decode(pieces) == expected, "seed \(seed)")
        #expect(try decode([bytes]) == expected, "seed \(seed)")
    }

    @Test(arguments: 0..<200) func brokenBytesAreRefusedOrWaitForMore(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var (bytes, _) = conversation(5, &random)
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            guard let place = bytes.indices.randomElement(using: &random) else { break }
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: place)
            default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
            }
        }
        guard let elements = try? decode([bytes]) else { return }
        let taken = elements.reduce(0) { sum, element in
            if case .frame(_, let body) = element { sum + Frame.headerBytes + body.count } else { sum }
        }
        #expect(taken <= bytes.count, "seed \(seed)")
    }

    @Test func whatIsCutOffIsNotTaken() throws {
        var random = SeededGenerator(seed: 7)
        let (bytes, expected) = conversation(3, &random)
        #expect(try decode([Array(bytes.dropLast())]).count < expected.count)
        #expect(try decode([Array(bytes.prefix(Frame.prefaceBytes - 1))]).isEmpty)
        #expect(try decode([[]]).isEmpty)
    }

    @Test func framesThatAreTooLongAreRefusedByTheirHeader() throws {
        for (length, isTaken) in [(WireLimits.envelopeBytes, true), (WireLimits.envelopeBytes + 1, false)] {
            let buffer = FrameBuffer()
            buffer.appendPreface(version: 2)
            buffer.append(exchange: 9, [UInt8](repeating: 0, count: length))
            let start = Array(bytes(of: buffer).prefix(Frame.prefaceBytes + Frame.headerBytes))
            if isTaken {
                #expect(try decode([start]) == [.preface(version: 2)])
            } else {
                #expect(throws: WireError.self) { try decode([start]) }
            }
        }
    }

    @Test func whoeverSpeaksSomethingElseIsRefused() {
        #expect(throws: WireError.self) { try decode([Array("GET / HTTP/1.1\r\n\r\n".utf8)]) }
        #expect(throws: WireError.self) { try decode([[0x16, 3, 1, 0, 200, 1, 0, 0, 196, 3]]) }
    }

    @Test func aSignOfLifeCarriesNothing() throws {
        let buffer = FrameBuffer()
        buffer.appendPreface(version: 2)
        buffer.append(exchange: Frame.noExchange, [])
        #expect(try decode([bytes(of: buffer)]) == [.preface(version: 2)])
        buffer.append(exchange: Frame.noExchange, [1])
        #expect(throws: WireError.self) { try decode([bytes(of: buffer)]) }
    }

    @Test func aBufferThatWasLargeGivesItsMemoryBack() {
        let buffer = FrameBuffer()
        buffer.append(exchange: 1, [UInt8](repeating: 7, count: 1 << 20))
        #expect(buffer.count == Frame.headerBytes + (1 << 20))
        buffer.removeAll()
        #expect(buffer.count == 0)
        buffer.append(exchange: 2, [1, 2, 3])
        #expect(bytes(of: buffer).suffix(3) == [1, 2, 3])
    }
}
