import CZlib
import FoundationEssentials
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
