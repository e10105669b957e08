import Foundation
import MoE2Core
import MoE2Testing
import Synchronization
import Testing

@testable import MoE2Backends

/// On the real llama.cpp server with a demo expert.
@Suite(.timeLimit(.minutes(3))) struct LlamaBackendTests {
    private final class Outputs: Sendable {
        private let outputs = Mutex<[BackendOutput]>([])
        func add(_ output: BackendOutput) { outputs.withLock { $0.append(output) } }
        var all: [BackendOutput] { outputs.withLock { $0 } }
        var text: String { all.map(\.text).joined() }
    }

    private func shard(
        _ prompt: String,
        task: Shard.Task = .generate,
        choices: [String] = [],
        continuing: String = "",
        _ decoding: Decoding = Decoding(maxTokens: 24)
    ) throws -> Shard {
        var messages = [Message(role: .user, content: prompt)]
        if !continuing.isEmpty { messages.append(Message(role: .assistant, content: continuing)) }
        return Shard(
            id: .random(),
            expert: try ExpertID("expert"),
            task: task,
            messages: messages,
            choices: choices,
            decoding: decoding,
            timeLeft: .seconds(60)
        )
    }

    private func answer(_ backend: LlamaBackend, _ shard: Shard) async throws -> (text: String, BackendResult) {
        let outputs = Outputs()
        let result = try await backend.execute(shard) { outputs.add($0) }
        return (outputs.text, result)
    }

    @Test func itAnswersScoresContinuesAndKnowsItsModel() async throws {
        let backend = LlamaBackend(try LlamaServer.settings(), logger: LlamaServer.logger)
        try await withBackend(backend) {
            let facts = backend.status.facts
            #expect(facts.contextLength > 0)
            #expect(facts.parameters > 10_000)
            #expect(facts.memoryBytes > 1 << 20)
            #expect(facts.scoresChoices)

            let (text, result) = try await answer(backend, shard("12+34"))
            #expect(!text.isEmpty)
            #expect(result.promptTokens > 5)
            #expect(result.completionTokens > 0)
            #expect(result.prefill > .zero && result.decode > .zero)
            let (again, _) = try await answer(backend, shard("12+34"))
            #expect(again == text, "temperature 0 is deterministic")

            let (rest, _) = try await answer(backend, shard("12+34", continuing: String(text.prefix(1))))
            #expect(String(text.prefix(1)) + rest == text, "it goes on where the text ends")

            let choices = [text, "zz", "a \"quoted\"\\ one"]
            let (_, scores) = try await answer(backend, shard("12+34", task: .scoreChoices, choices: choices))
            #expect(scores.choiceLogProbabilities.count == 3)
            #expect(scores.choiceLogProbabilities.allSatisfy { $0 <= 0 && $0.isFinite })
            #expect(scores.choiceLogProbabilities.max() == scores.choiceLogProbabilities[0])
        }
        #expect(backend.status.state == .stopped)
        #expect(backend.serverProcess == nil)
    }

    @Test func scoresAgreeWithTheLogProbabilitiesOfTheAnswer() async throws {
        let backend = LlamaBackend(try LlamaServer.settings(), logger: LlamaServer.logger)
        try await withBackend(backend) {
            let outputs = Outputs()
            let decoding = Decoding(maxTokens: 24, topLogProbabilities: 3)
            let result = try await backend.execute(shard("7+5", decoding)) { outputs.add($0) }
            #expect(result.finishReason == .stop)
            var sum = 0.0
            for output in outputs.all {
                let content = JSONTree(parsing: output.logProbabilitiesJSON)?.members?["content"]
                guard case .array(let tokens)? = content else { continue }
                for case .number(let value)? in tokens.map({ $0.members?["logprob"] }) { sum += value }
            }
            let scored = try await backend.execute(shard("7+5", task: .scoreChoices, choices: [outputs.text])) { _ in }
            // The stream leaves out the end of the answer; the score includes it, and the answer ended for sure.
            #expect(scored.choiceLogProbabilities[0] <= sum + 1e-3)
            #expect(scored.choiceLogProbabilities[0] > sum - 2)
        }
    }

    @Test func stopStringsSeedsAndLengthsAreObeyed() async throws {
        let backend = LlamaBackend(try LlamaServer.settings(), logger: LlamaServer.logger)
        try await withBackend(backend) {
            let long = Decoding(maxTokens: 5, extensionsJSON: #"{"ignore_eos":true}"#)
            let (text, result) = try await answer(backend, shard("12+34", long))
            #expect(result.finishReason == .length)
            #expect(result.completionTokens == 5)
            let stop = String(text.dropFirst().prefix(1))
            let stopped = Decoding(maxTokens: 5, stop: [stop], extensionsJSON: #"{"ignore_eos":true}"#)
            let (short, _) = try await answer(backend, shard("12+34", stopped))
            #expect(!short.contains(stop))
            let wild = Decoding(maxTokens: 20, temperature: 2, seed: 42, extensionsJSON: #"{"ignore_eos":true}"#)
            let (one, _) = try await answer(backend, shard("12+34", wild))
            let (two, _) = try await answer(backend, shard("12+34", wild))
            #expect(one == two, "the same seed gives the same answer")
        }
    }

    @Test func aPromptLongerThanTheContextIsOneClearLine() async throws {
        let backend = LlamaBackend(try LlamaServer.settings { $0.context = 256 }, logger: LlamaServer.logger)
        try await withBackend(backend) {
            #expect(backend.status.facts.contextLength == 256)
            let error = await #expect(throws: StatusError.self) {
                _ = try await answer(backend, shard(String(repeating: "12+34 ", count: 400)))
            }
            #expect(error?.code == .outOfRange)
            #expect(error?.message.contains("the prompt is too long for the expert's context") == true)
            #expect(error?.message.contains("\n") == false)
        }
    }

    @Test func cancellationReachesTheServer() async throws {
        let backend = LlamaBackend(try LlamaServer.settings { $0.slots = 1 }, logger: LlamaServer.logger)
        try await withBackend(backend) {
            let outputs = Outputs()
            // The tiny expert fills its context in no time: what it writes must be bulky to be slow.
            let endless = Decoding(maxTokens: 16_000, topLogProbabilities: 250, extensionsJSON: #"{"ignore_eos":true}"#)
            let task = Task {
                try await backend.execute(shard("12+34", endless)) { output in
                    outputs.add(output)
                    // A reader that falls asleep holds the server up until it is cancelled, however fast both are.
                    if outputs.all.count > 3 { try await Task.sleep(for: .seconds(3600)) }
                }
            }
            try await eventually("it writes") { outputs.all.count > 3 }
            task.cancel()
            let cancelled = ContinuousClock.now
            await #expect(throws: CancellationError.self) { try await task.value }
            // The only slot is free again: the server has stopped writing.
            let (text, _) = try await answer(backend, shard("1+1"))
            print("cancellation: the slot was free after \((ContinuousClock.now - cancelled).milliseconds) ms")
            #expect(!text.isEmpty)
        }
    }

    @Test func aServerThatDiesIsStartedAgain() async throws {
        let backend = LlamaBackend(try LlamaServer.settings(), logger: LlamaServer.logger)
        try await withBackend(backend) {
            let first = try #require(backend.serverProcess)
            kill(first, SIGKILL)
            try await eventually("it is seen") { backend.status.state != .ready }
            let error = await #expect(throws: StatusError.self) { _ = try await answer(backend, shard("1+1")) }
            #expect(error?.code == .unavailable)
            try await eventually("it is back") { backend.status.state == .ready }
            #expect(backend.serverProcess != first)
            let (text, _) = try await answer(backend, shard("1+1"))
            #expect(!text.isEmpty)
        }
    }

    /// What the status says of settings that cannot work.
    private func failure(_ change: (inout LlamaSettings) -> Void) async throws -> String {
        let backend = LlamaBackend(try LlamaServer.settings(change), logger: LlamaServer.logger)
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { await backend.run() }
            try? await eventually("it fails") { backend.status.state == .failed }
            let detail = backend.status.detail
            group.cancelAll()
            return detail
        }
    }

    @Test func whatCannotWorkIsOneClearLine() async throws {
        let text = FileManager.default.temporaryDirectory.appendingPathComponent("moe2-\(UUID().uuidString).gguf")
        defer { try? FileManager.default.removeItem(at: text) }
        try Data("no model".utf8).write(to: text)
        let cases: [(String, (inout LlamaSettings) -> Void)] = [
            ("cannot read the model file '/nowhere.gguf': No such file", { $0.model = "/nowhere.gguf" }),
            ("is no GGUF file that can be used", { $0.model = text.path }),
            ("there is no program 'no-such-server' on the PATH", { $0.command = ["no-such-server"] }),
            (
                "the model server has ended: it exited with status 3; it said: error: broken",
                {
                    $0.command = ["/bin/sh", "-c", "echo 'error: broken'; exit 3"]
                }
            ),
        ]
        for (expected, change) in cases {
            let detail = try await failure(change)
            #expect(detail.contains(expected), "\(detail)")
            #expect(!detail.contains("\n"))
        }
    }

    @Test func aPortInUseIsNamed() async throws {
        let server = try ScriptedServer { _ in ScriptedServer.json("{}") }
        defer { server.stop() }
        let detail = try await failure { $0.port = server.port }
        #expect(detail.contains("port \(server.port) of 127.0.0.1 is in use"), "\(detail)")
    }

    @Test func anotherServerInItsPlaceIsRecognised() async throws {
        let server = try ScriptedServer { _ in ScriptedServer.json(#"{"status":"ok"}"#) }
        let port = server.port
        defer { server.stop() }
        // A program that sleeps while something else answers on its port.
        let door = ModelServerDoor(base: "http://127.0.0.1:\(port)", apiKey: nil)
        let properties = try await door.get(LlamaProperties.self, "/props", timeout: .seconds(5))
        #expect(!properties.isLlama)
    }
}
