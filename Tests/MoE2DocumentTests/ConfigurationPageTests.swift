import FoundationEssentials
import MoE2Agent
import MoE2Gate
import Testing

@testable import MoE2Configuration

/// `docs/CONFIGURATION.md` against the programs.
@Suite struct ConfigurationPageTests {
    private let page: String

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        page = try String(
            decoding: Data(contentsOf: root.appending(path: "docs/CONFIGURATION.md")),
            as: UTF8.self
        )
    }

    /// The lines of the chapter `title`.
    private func chapter(_ title: String) throws -> [Substring] {
        let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex(of: "## \(title)"))
        return Array(lines[(start + 1)...].prefix { !$0.hasPrefix("## ") })
    }

    private func example(_ title: String) throws -> String {
        let lines = try chapter(title)
        let start = try #require(lines.firstIndex(of: "```yaml"))
        return lines[(start + 1)...].prefix { $0 != "```" }.joined(separator: "\n")
    }

    /// The keys of the chapter's table.
    private func keys(_ title: String) throws -> [String] {
        try chapter(title).filter { $0.hasPrefix("| `") }.compactMap { line in
            line.split(separator: "`").dropFirst().first.map(String.init)
        }
    }

    private func check<Value: Decodable>(_ title: String, _ type: Value.Type) throws {
        // The one file that is read while the configuration is.
        let secret = FileManager.default.temporaryDirectory.appending(path: "moe2-\(UUID().uuidString)")
        try Data("secret".utf8).write(to: secret)
        defer { try? FileManager.default.removeItem(at: secret) }
        let text = try example(title).replacing("/etc/moe2/vllm.key", with: secret.path())
        let asked = try ConfigurationLoader().keys(of: type, text: text, namedIn: ["categories"])
        let written = try keys(title)
        #expect(!written.isEmpty)
        #expect(Set(written).count == written.count)
        #expect(asked.subtracting(written).sorted() == [], "the program reads them, the page does not tell of them")
        #expect(
            Set(written).subtracting(asked).sorted() == [],
            "the page tells of them, the program does not read them"
        )
    }

    @Test func theGatesKeysAreAllThere() throws { try check("The gate", GateConfiguration.self) }

    @Test func theAgentsKeysAreAllThere() throws { try check("The agent", AgentConfiguration.self) }
}
