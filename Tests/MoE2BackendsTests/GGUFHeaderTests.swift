import Foundation
import MoE2Core
import MoE2Testing
import Testing

@testable import MoE2Backends

@Suite struct GGUFHeaderTests {
    /// Writes GGUF fields, little-endian.
    private struct Writer {
        var bytes: [UInt8] = Array("GGUF".utf8)

        mutating func add(_ number: some FixedWidthInteger) {
            withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
        }

        mutating func add(_ text: String) {
            add(UInt64(text.utf8.count))
            bytes += Array(text.utf8)
        }
    }

    /// A small file with one of everything.
    private func sample(version: UInt32 = 3) -> [UInt8] {
        var writer = Writer()
        writer.add(version)
        writer.add(UInt64(2))
        writer.add(UInt64(7))
        writer.add("general.architecture")
        writer.add(UInt32(8))
        writer.add("llama")
        writer.add("general.name")
        writer.add(UInt32(8))
        writer.add("tiny")
        writer.add("general.file_type")
        writer.add(UInt32(4))
        writer.add(UInt32(15))
        writer.add("llama.context_length")
        writer.add(UInt32(4))
        writer.add(UInt32(512))
        writer.add("tokenizer.ggml.tokens")
        writer.add(UInt32(9))
        writer.add(UInt32(8))
        writer.add(UInt64(3))
        for token in ["a", "bc", ""] { writer.add(token) }
        writer.add("tokenizer.ggml.scores")
        writer.add(UInt32(9))
        writer.add(UInt32(6))
        writer.add(UInt64(2))
        writer.add(UInt64(0))
        writer.add("tokenizer.ggml.add_bos_token")
        writer.add(UInt32(7))
        writer.add(UInt8(1))
        for (name, dimensions) in [("token_embd.weight", [128, 260]), ("norm.weight", [128])] {
            writer.add(name)
            writer.add(UInt32(dimensions.count))
            for dimension in dimensions { writer.add(UInt64(dimension)) }
            writer.add(UInt32(8))
            writer.add(UInt64(0))
        }
        return writer.bytes
    }

    private func read(_ bytes: [UInt8]) throws -> GGUFHeader {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("moe2-\(UUID().uuidString).gguf")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(bytes).write(to: file)
        return try GGUFHeader(path: file.path)
    }

    @Test func readsWhatMatters() throws {
        for version: UInt32 in [2, 3] {
            let header = try read(sample(version: version) + [UInt8](repeating: 0, count: 1000))
            #expect(header.architecture == "llama")
            #expect(header.name == "tiny")
            #expect(header.quantization == "Q4_K_M")
            #expect(header.contextLength == 512)
            #expect(header.parameters == 128 * 260 + 128)
            #expect(header.fileBytes == UInt64(sample().count + 1000))
        }
    }

    @Test func readsTheDemoExperts() throws {
        let files = try LlamaServer.models()
        #expect(!files.isEmpty)
        for file in files {
            let header = try GGUFHeader(path: file)
            #expect(header.architecture == "llama", "\(file)")
            #expect(header.parameters > 10_000, "\(file)")
            #expect(header.contextLength > 0, "\(file)")
            #expect(!header.quantization.isEmpty, "\(file)")
        }
    }

    @Test func everyCutIsRefusedInOneLine() throws {
        let bytes = sample()
        for count in 0..<bytes.count {
            let error = #expect(throws: StatusError.self, "cut at \(count)") { try read(Array(bytes[..<count])) }
            #expect(error?.message.contains("is no GGUF file that can be used") == true)
            #expect(error?.message.contains("\n") == false)
        }
    }

    @Test func mutatedFilesNeverCrash() throws {
        let seed: UInt64 = 77
        var generator = SeededGenerator(seed: seed)
        let base = sample()
        for _ in 0..<1500 {
            var bytes = base
            for _ in 0...Int.random(in: 0...5, using: &generator) {
                bytes[Int.random(in: 4..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            _ = try? read(bytes)
        }
    }

    @Test func aMissingFileAndATextAreNamed() throws {
        let missing = #expect(throws: StatusError.self) { try GGUFHeader(path: "/nowhere/model.gguf") }
        #expect(missing?.message.contains("cannot read the model file '/nowhere/model.gguf': No such file") == true)
        let folder = #expect(throws: StatusError.self) { try GGUFHeader(path: "/tmp") }
        #expect(folder?.message.contains("no regular file") == true)
        let text = #expect(throws: StatusError.self) { try read(Array("just some text, no model".utf8)) }
        #expect(text?.message.contains("does not begin with the letters GGUF") == true)
    }
}
