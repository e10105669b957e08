import CZlib
import Foundation
import Glibc
import Testing

@testable import MoE2Data

@Suite struct GzipFileTests {
    private func withFile<Value>(_ bytes: [UInt8], compressed: Bool, _ body: (String) throws -> Value) throws -> Value {
        let url = FileManager.default.temporaryDirectory.appending(path: "moe2-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: url) }
        if compressed {
            let file = try #require(gzopen(url.path, "wb"))
            #expect(gzwrite(file, bytes, UInt32(bytes.count)) == Int32(bytes.count))
            gzclose(file)
        } else {
            try Data(bytes).write(to: url)
        }
        return try body(url.path)
    }

    private let text = Array(String(repeating: "some text to pack\n", count: 5_000).utf8)

    @Test func readsPlainAndCompressedFilesAlike() throws {
        #expect(try withFile(text, compressed: false) { try GzipFile.read($0) } == text)
        #expect(try withFile(text, compressed: true) { try GzipFile.read($0) } == text)
        #expect(try withFile([], compressed: false) { try GzipFile.read($0) } == [])
    }

    /// A pipe that `bytes` are written into, in pieces that do not line up with anything.
    private func withPipe<Value>(_ bytes: [UInt8], _ body: (Int32) throws -> Value) throws -> Value {
        var ends: [Int32] = [0, 0]
        #expect(pipe(&ends) == 0)
        let (output, input) = (ends[0], ends[1])
        defer { close(output) }
        let writer = Thread {
            for start in stride(from: 0, to: bytes.count, by: 7_001) {
                let piece = Array(bytes[start..<min(start + 7_001, bytes.count)])
                guard write(input, piece, piece.count) == piece.count else { break }
            }
            close(input)
        }
        writer.start()
        return try body(output)
    }

    @Test func readsPipesToTheirEnd() throws {
        #expect(try withPipe(text) { try GzipFile.read($0, name: "pipe", maximumBytes: text.count) } == text)
        #expect(try withPipe([]) { try GzipFile.read($0, name: "pipe", maximumBytes: 10) } == [])
        let packed = try withFile(text, compressed: true) { path in [UInt8](try Data(contentsOf: URL(filePath: path))) }
        #expect(try withPipe(packed) { try GzipFile.read($0, name: "pipe", maximumBytes: text.count) } == text)
        #expect {
            try withPipe(Array(text[..<5_000])) { try GzipFile.read($0, name: "pipe", maximumBytes: 4_999) }
        } throws: { ($0 as? DataError)?.code == .tooLarge }
        #expect(throws: DataError.self) { try GzipFile.read(-1, name: "nothing", maximumBytes: 10) }
    }

    @Test func refusesMissingCutAndDamagedFiles() throws {
        #expect(throws: DataError.self) { try GzipFile.read("/nowhere/at/all.gz") }
        #expect(throws: DataError.self) { try GzipFile.read("/") }
        let packed = try withFile(text, compressed: true) { path in [UInt8](try Data(contentsOf: URL(filePath: path))) }
        for cut in [20, packed.count / 2, packed.count - 1] {
            #expect(throws: DataError.self, "cut at \(cut)") {
                try withFile(Array(packed[..<cut]), compressed: false) { try GzipFile.read($0) }
            }
        }
        var damaged = packed
        damaged[packed.count / 2] ^= 0xff
        #expect(throws: DataError.self) { try withFile(damaged, compressed: false) { try GzipFile.read($0) } }
    }
}
