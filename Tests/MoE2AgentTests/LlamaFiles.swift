import Foundation
import MoE2Core

/// The real llama.cpp server and the demo experts of this repository.
enum LlamaFiles {
    /// The root of the repository.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The command that starts the server: what `make experts` installed.
    static let command = ["\(root)/.venv/bin/python3", "\(root)/Experts/serve_llama.py"]

    /// The smallest demo expert.
    static func smallest() throws -> String {
        let folder = "\(root)/Experts"
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".gguf") }
        let sized = try files.map { file -> (Int, String) in
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(file)")
            return (attributes[.size] as? Int ?? 0, "\(folder)/\(file)")
        }
        guard let smallest = sized.min(by: { $0 < $1 }) else {
            throw StatusError(.notFound, "there is no GGUF file in Experts")
        }
        return smallest.1
    }
}
