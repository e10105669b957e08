import Foundation
import Testing

/// `moe2 solve` as a user runs it.
@Suite(.timeLimit(.minutes(2))) struct SolveCommandTests {
    private let instance =
        #"{"scores":[[3,0,1],[0,3,1]],"experts":[{"id":"a"},{"id":"b"},{"id":"c"}],"limits":{"max_experts":2}}"#

    /// Runs `moe2 solve - --json` with `input` in a pipe.
    private func solve(_ input: String, _ arguments: String...) throws -> (status: Int32, output: String, error: String)
    {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let process = Process()
        process.executableURL = root.appending(path: ".build/debug/moe2")
        process.arguments = ["solve", "-", "--json"] + arguments
        let (standardInput, output, error) = (Pipe(), Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = output
        process.standardError = error
        try process.run()
        let bytes = Data(input.utf8)
        // In two pieces: a reader that stops at the first one sees half an instance.
        try standardInput.fileHandleForWriting.write(contentsOf: bytes.prefix(bytes.count / 2))
        try standardInput.fileHandleForWriting.write(contentsOf: bytes.suffix(from: bytes.count / 2))
        try standardInput.fileHandleForWriting.close()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let errors = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text, errors)
    }

    @Test func readsAnInstanceFromAPipe() throws {
        let answer = try solve(instance)
        #expect(answer.status == 0, "\(answer.error)")
        #expect(answer.output.contains(#""set":["a","b"]"#) && answer.output.contains(#""status":"optimal""#))
    }

    @Test func readsALargeInstanceFromAPipe() throws {
        let rows = (0..<4000).map { "[\($0 % 7),\($0 % 5),\($0 % 3)]" }.joined(separator: ",\n")
        let answer = try solve(#"{"scores":[\#(rows)]}"#, "--no-marginals")
        #expect(answer.status == 0 && answer.output.contains(#""set":["0","1","2"]"#), "\(answer.error)")
    }

    @Test func namesWhatIsWrong() throws {
        let cut = try solve(String(instance.dropLast()))
        #expect(cut.status == 2 && cut.error.contains("error: -:"))
        #expect(try solve("").status == 2)
        let dear = try solve(instance.replacingOccurrences(of: "\"max_experts\":2", with: "\"max_experts\":0"))
        #expect(dear.status == 3 && dear.output.contains(#""smallest_feasible":{"max_experts":1}"#))
    }
}
