import MoE2Core
import MoE2Testing
import Synchronization
import Testing

@testable import MoE2Backends

@Suite(.timeLimit(.minutes(2))) struct OpenAIBackendTests {
    private func shard(_ task: Shard.Task = .generate, choices: [String] = []) throws -> Shard {
        Shard(
            id: .random(),
            expert: try ExpertID("expert"),
            task: task,
            messages: [Message(role: .user, content: "12+34")],
            choices: choices,
            decoding: Decoding(maxTokens: 24),
            timeLeft: .seconds(30),
            traceParent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        )
    }

    private func backend(_ url: String, _ change: (inout OpenAISettings) -> Void = { _ in }) throws -> OpenAIBackend {
        var settings = OpenAISettings(expert: try ExpertID("expert"), url: url)
        change(&settings)
        return OpenAIBackend(settings, logger: LlamaServer.logger)
    }

    private func text(_ backend: some Backend, _ shard: Shard) async throws -> String {
        let text = Mutex("")
        _ = try await backend.execute(shard) { output in text.withLock { $0 += output.text } }
        return text.withLock { $0 }
    }

    @Test func aRunningLlamaServerIsUsedAsItIs() async throws {
        let port = try #require(TCPPort.free())
        let llama = LlamaBackend(try LlamaServer.settings { $0.port = port }, logger: LlamaServer.logger)
        try await withBackend(llama) {
            let backend = try backend("http://127.0.0.1:\(port)/v1")
            try await withBackend(backend) {
                #expect(backend.status.facts.parameters > 10_000)
                #expect(backend.status.facts.contextLength > 0)
                #expect(backend.status.facts.scoresChoices, "llama.cpp is recognised")
                let here = try await text(backend, shard())
                #expect(try await text(llama, shard()) == here)
                let scores = try await backend.execute(shard(.scoreChoices, choices: [here, "zz"])) { _ in }
                #expect(scores.choiceLogProbabilities[0] > scores.choiceLogProbabilities[1])
            }
        }
    }

    /// What vLLM 0.10 says of its models.
    private static let vLLMModels = #"{"data":[{"id":"m","owned_by":"vllm","max_model_len":4096}]}"#

    @Test func vLLMScoresByTheLogProbabilitiesOfThePrompt() async throws {
        let server = try ScriptedServer { request in
            guard request.line.contains("/v1/chat/completions") else { return ScriptedServer.json(Self.vLLMModels) }
            let figure = request.body.contains("Rome") ? -1.5 : -4.0
            let word = request.body.contains("Rome") ? "Rome" : "Oslo"
            return ScriptedServer.json(
                #"""
                {"choices":[{"message":{"content":"x"}}],"prompt_logprobs":[null,{"1":{"logprob":-3,"decoded_token":"?"}},\#
                {"2":{"logprob":\#(figure),"decoded_token":"\#(word)"}}],"usage":{"prompt_tokens":3,"completion_tokens":1}}
                """#
            )
        }
        defer { server.stop() }
        let backend = try backend(server.url)
        try await withBackend(backend) {
            #expect(backend.status.facts.contextLength == 4096)
            let scores = try await backend.execute(shard(.scoreChoices, choices: ["Rome", "Oslo"])) { _ in }
            #expect(scores.choiceLogProbabilities == [-1.5, -4])
            let body = try #require(server.requests.last?.body)
            #expect(body.contains(#""prompt_logprobs":0"#) && body.contains(#""continue_final_message":true"#))
        }
    }

    private func serving(_ events: String, _ extra: [UInt8] = []) throws -> ScriptedServer {
        try ScriptedServer { request in
            request.line.contains("/v1/chat/completions")
                ? ScriptedServer.events(Array(events.utf8) + extra) : ScriptedServer.json(Self.vLLMModels)
        }
    }

    @Test func bytesThatAreNoTextAreReplaced() async throws {
        let server = try ScriptedServer { request in
            guard request.line.contains("/v1/chat/completions") else { return ScriptedServer.json(Self.vLLMModels) }
            return ScriptedServer.events(
                Array(#"data: {"choices":[{"delta":{"content":"a"#.utf8) + [0xff]
                    + Array("b\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n".utf8)
            )
        }
        defer { server.stop() }
        let backend = try backend(server.url)
        try await withBackend(backend) {
            let written = try await text(backend, shard())
            #expect(written == "a\u{fffd}b")
        }
    }

    @Test(arguments: [
        ("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n", "ended its answer in the middle"),
        ("data: {\"error\":{\"message\":\"out of memory\"}}\n\n", "out of memory"),
        ("data: <html>\n\n", "an event that is no chat completion"),
        ("", "ended its answer in the middle"),
    ])
    func brokenStreamsAreOneClearLine(events: String, expected: String) async throws {
        let server = try serving(events)
        defer { server.stop() }
        let backend = try backend(server.url)
        try await withBackend(backend) {
            let error = await #expect(throws: StatusError.self) { _ = try await text(backend, shard()) }
            #expect(error?.message.contains(expected) == true, "\(String(describing: error))")
        }
    }

    @Test func cancellingClosesTheConnection() async throws {
        let isGone = Mutex(false)
        let server = try ScriptedServer { request in
            request.line.contains("/v1/chat/completions") ? nil : ScriptedServer.json(Self.vLLMModels)
        }
        defer { server.stop() }
        let backend = try backend(server.url)
        try await withBackend(backend) {
            let task = Task { try await text(backend, shard()) }
            try await eventually("the request is there") { server.requests.contains { $0.line.contains("chat") } }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            isGone.withLock { $0 = true }
        }
        #expect(isGone.withLock { $0 })
    }

    /// What the status says of a server that answers `reply` to everything.
    private func failure(_ reply: [UInt8], _ change: (inout OpenAISettings) -> Void = { _ in }) async throws -> String {
        let server = try ScriptedServer { _ in reply }
        defer { server.stop() }
        return await failure(of: try backend(server.url, change))
    }

    private func failure(of backend: OpenAIBackend) async -> String {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await backend.run() }
            try? await eventually("it fails") { backend.status.state == .failed }
            let detail = backend.status.detail
            group.cancelAll()
            return detail
        }
    }

    @Test func whatIsNoModelServerIsOneClearLine() async throws {
        let html = "HTTP/1.1 200 OK\r\ncontent-length: 15\r\n\r\n<html>hi</html>"
        #expect(try await failure(Array(html.utf8)).contains("does not answer as a model server does (it says '<html>"))
        #expect(try await failure(ScriptedServer.json("", status: "404 Not Found")).contains("check 'url' and 'model'"))
        #expect(try await failure(ScriptedServer.json("{}", status: "401 No")).contains("check 'api_key_file'"))
        #expect(try await failure(ScriptedServer.json(#"{"data":[]}"#)).contains("offers no model: load one there"))
        #expect(try await failure(Array("SSH-2.0-OpenSSH\r\n".utf8)).contains("cannot talk to the model server at"))
        let wrongModel = try await failure(ScriptedServer.json(Self.vLLMModels)) { $0.model = "other" }
        #expect(wrongModel.contains("has no model 'other': set 'model' to one of m"))
    }

    @Test func aServerThatIsNotThereIsOneClearLine() async throws {
        let port = try #require(TCPPort.free())
        let detail = await failure(of: try backend("http://127.0.0.1:\(port)"))
        #expect(detail.contains("connection refused; is the server running there?"), "\(detail)")
        #expect(throws: StatusError.self) {
            try OpenAIBackend.check(OpenAISettings(expert: try ExpertID("e"), url: "127.0.0.1:80"))
        }
    }

    @Test func keyTraceAndEmbeddingsGoThrough() async throws {
        let server = try ScriptedServer { request in
            request.line.contains("/v1/embeddings")
                ? ScriptedServer.json(#"{"data":[{"embedding":[0.5,-1]}],"usage":{"prompt_tokens":3}}"#)
                : ScriptedServer.json(Self.vLLMModels)
        }
        defer { server.stop() }
        let backend = try backend(server.url) { settings in
            settings.apiKey = "s3cret"
            settings.embeds = true
        }
        try await withBackend(backend) {
            let result = try await backend.execute(shard(.embed)) { _ in }
            #expect(result.embedding == [0.5, -1])
            #expect(result.promptTokens == 3)
            #expect(server.requests.allSatisfy { $0.head.contains("authorization: Bearer s3cret") })
            #expect(server.requests.last?.head.contains("traceparent: 00-0af7651916cd43dd8448eb211c80319c") == true)
        }
    }
}
