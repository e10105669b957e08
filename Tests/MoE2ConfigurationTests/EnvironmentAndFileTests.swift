import Foundation
import MoE2Configuration
import Testing

@Suite struct EnvironmentAndFileTests {
    private let text = "gate: {addresses: [a]}\nexperts:\n  - id: x\n"

    private func decode(_ environment: [String: String]) throws -> SampleConfiguration {
        try ConfigurationLoader(environmentPrefix: "MOE2_AGENT", environment: environment)
            .decode(SampleConfiguration.self, text: text)
    }

    private func message(_ environment: [String: String]) -> String {
        do {
            return "no error: \(try decode(environment))"
        } catch {
            return "\(error)"
        }
    }

    @Test func variablesOverrideKeys() throws {
        let read = try decode([
            "MOE2_AGENT__GATE__ADDRESSES": "b, c",
            "MOE2_AGENT__GATE__REPORT_INTERVAL": "3s",
            "MOE2_AGENT__EXPERTS__0__SLOTS": "7",
            "MOE2_AGENT__FORMAT": "text",
            "MOE2_AGENT": "unrelated",
            "HOME": "/root",
        ])
        #expect(read.gate.addresses == ["b", "c"])
        #expect(read.gate.reportInterval == .seconds(3))
        #expect(read.experts[0].slots == 7)
        #expect(read.format == .text)
    }

    @Test func listsMayBeWrittenAsYAML() throws {
        #expect(try decode(["MOE2_AGENT__GATE__ADDRESSES": "['x,y', z]"]).gate.addresses == ["x,y", "z"])
    }

    @Test(arguments: [
        (
            ["MOE2_AGENT__GAET__ADDRESSES": "a"],
            "unknown key 'gaet' in the environment variable MOE2_AGENT__GAET__ADDRESSES: did you mean 'gate'?"
        ),
        (["MOE2_AGENT__EXPERTS__4__SLOTS": "1"], "names entry '4' of a list with 1 entries"),
        (["MOE2_AGENT____SLOTS": "1"], "names no key"),
        (
            ["MOE2_AGENT__GATE__PORT": "x"],
            "'gate.port' in the environment variable MOE2_AGENT__GATE__PORT is 'x', but must be a whole number"
        ),
        (["MOE2_AGENT__GATE": "[a"], "environment variable MOE2_AGENT__GATE: line "),
    ])
    func mistakesNameTheVariable(environment: [String: String], expected: String) {
        let message = message(environment)
        #expect(message.contains(expected), "\(message)")
    }

    @Test func filesThatCannotBeReadAreNamed() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("moe2-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let binary = folder.appendingPathComponent("binary").path
        try Data([0xff, 0xfe, 0x00]).write(to: URL(fileURLWithPath: binary))
        let broken = folder.appendingPathComponent("broken.yaml").path
        try Data("gate: [".utf8).write(to: URL(fileURLWithPath: broken))
        for (path, expected) in [
            (folder.path + "/none.yaml", "No such file or directory: check the path, or create it"),
            (folder.path, "is no regular file"),
            (binary, "is no UTF-8 text"),
            (broken, "\(broken): line "),
        ] {
            let error = #expect(throws: ConfigurationError.self) {
                try ConfigurationLoader().load(SampleConfiguration.self, path: path)
            }
            #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
        }
    }

    @Test func secretsComeFromFilesOfOneLine() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("moe2-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("  s3cret \n\n".utf8).write(to: file)
        #expect(try SecretFile.read(file.path, key: "token_file") == "s3cret")
        for bad in ["", "\n \n", "a\nb\n"] {
            try Data(bad.utf8).write(to: file)
            let error = #expect(throws: ConfigurationError.self) { try SecretFile.read(file.path, key: "token_file") }
            #expect(error?.message.contains("'token_file'") == true)
            #expect(error?.message.contains("a\n") == false)
        }
    }
}
