import FoundationEssentials
import MoE2Core
import Testing

@testable import MoE2Backends

@Suite struct ChatTests {
    private func shard(_ messages: [Message], _ decoding: Decoding = Decoding(), choices: [String] = []) throws -> Shard
    {
        Shard(
            id: try ShardID("s"),
            expert: try ExpertID("e"),
            task: choices.isEmpty ? .generate : .scoreChoices,
            messages: messages,
            choices: choices,
            decoding: decoding,
            timeLeft: .seconds(5)
        )
    }

    private func chunk(_ text: String) throws -> ChatChunk {
        try ChatChunk(JSONDocument(Array(text.utf8)))
    }

    // MARK: Requests

    @Test func everySettingGoesIntoTheRequest() throws {
        let decoding = Decoding(
            maxTokens: 7,
            temperature: 0.5,
            topP: 0.9,
            seed: -3,
            stop: ["\n"],
            topLogProbabilities: 2,
            extensionsJSON: #"{"tools":[{"type":"function"}],"stream":false,"model":"other"}"#
        )
        let messages = [
            Message(role: .system, content: "be brief"),
            Message(role: .user, content: "hi", extensionsJSON: #"{"name":"ann","role":"system"}"#),
        ]
        let body = try ChatRequest(model: "m", dialect: .other).streaming(try shard(messages, decoding))
        #expect(
            body.text == """
                {"logprobs":true,"max_tokens":7,"messages":[{"content":"be brief","role":"system"},{"content":"hi",\
                "name":"ann","role":"user"}],"model":"m","seed":-3,"stop":["\\n"],"stream":true,"stream_options":\
                {"include_usage":true},"temperature":0.5,"tools":[{"type":"function"}],"top_logprobs":2,"top_p":0.9}
                """
        )
    }

    @Test func onlyVLLMHasToBeToldToContinue() throws {
        let shard = try shard([Message(role: .user, content: "a"), Message(role: .assistant, content: "b")])
        let vLLM = try ChatRequest(model: "", dialect: .vLLM).streaming(shard).members
        #expect(vLLM?["continue_final_message"] == true)
        #expect(vLLM?["add_generation_prompt"] == false)
        #expect(
            try ChatRequest(model: "", dialect: .llamaCpp).streaming(shard).members?["continue_final_message"] == nil
        )
    }

    @Test func llamaIsAskedForAtLeastOneAlternative() throws {
        let shard = try shard([Message(role: .user, content: "a")], Decoding(topLogProbabilities: 0))
        #expect(try ChatRequest(model: "", dialect: .llamaCpp).streaming(shard).members?["top_logprobs"] == 1)
        #expect(try ChatRequest(model: "", dialect: .other).streaming(shard).members?["top_logprobs"] == 0)
    }

    @Test func extensionsThatAreNoObjectAreRefused() throws {
        for bad in ["[1]", "{", "3", "{} {}"] {
            let shard = try shard([Message(role: .user, content: "a")], Decoding(extensionsJSON: bad))
            #expect(throws: StatusError.self) { try ChatRequest(model: "", dialect: .other).streaming(shard) }
        }
    }

    @Test func grammarsQuoteEverything() {
        #expect(GBNF.quoted("a\"b\\c\n\r\t\u{1}é😀") == #""a\"b\\c\n\r\t\x01é😀""#)
    }

    @Test(arguments: [#"{"a":[1,-2.5,true,null,"x\n"],"b":{}}"#, "[]", "12", #""é""#, "9007199254740993"])
    func unknownJSONComesBackAsItWas(text: String) {
        #expect(JSONTree(parsing: text)?.text == text)
    }

    // MARK: Streams

    private func run(_ events: [String]) throws -> (text: String, outputs: [BackendOutput], result: BackendResult, Bool)
    {
        var stream = ChatStream(now: .zero)
        var outputs: [BackendOutput] = []
        for (index, data) in events.enumerated() {
            let now = Duration.milliseconds(10 * (index + 1))
            if let output = try stream.take(SSEEvent(name: "", data: data), now: now) { outputs.append(output) }
        }
        return (outputs.map(\.text).joined(), outputs, stream.finished(), stream.isComplete)
    }

    @Test func aStreamOfLlamaIsUnderstood() throws {
        let (text, outputs, result, isComplete) = try run([
            #"{"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}]}"#,
            #"""
            {"choices":[{"index":0,"delta":{"content":"8"},"logprobs":{"content":[{"token":"8","logprob":-0.5}]}}]}
            """#,
            #"{"choices":[{"index":0,"delta":{"content":"5"}}]}"#,
            #"{"choices":[{"finish_reason":"length","index":0,"delta":{}}]}"#,
            #"""
            {"choices":[],"usage":{"completion_tokens":3,"prompt_tokens":11},"timings":{"prompt_n":4,"prompt_ms":0.5,\#
            "predicted_n":3,"predicted_ms":1.5}}
            """#,
            "[DONE]",
        ])
        #expect(text == "85")
        #expect(outputs[0].logProbabilitiesJSON == #"{"content":[{"logprob":-0.5,"token":"8"}]}"#)
        #expect(isComplete)
        #expect(
            result
                == BackendResult(
                    finishReason: .length,
                    promptTokens: 11,
                    prefillTokens: 4,
                    completionTokens: 3,
                    prefill: .microseconds(500),
                    decode: .microseconds(1500)
                )
        )
    }

    @Test func withoutTimingsTheClockTells() throws {
        let (_, _, result, _) = try run([
            #"{"choices":[{"delta":{"content":"a"}}]}"#, #"{"choices":[{"delta":{"content":"b"}}]}"#,
            #"{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":5}}"#,
        ])
        #expect(result.prefill == .milliseconds(10))
        #expect(result.decode == .milliseconds(10))
        #expect(result.completionTokens == 2)
        #expect(result.prefillTokens == 5)
    }

    @Test func toolCallsAndReasoningPassThrough() throws {
        let (text, outputs, result, _) = try run([
            #"{"choices":[{"delta":{"role":"assistant","content":null,"reasoning_content":"hm"}}]}"#,
            #"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"f"}}]},"finish_reason":"tool_calls"}]}"#,
        ])
        #expect(text.isEmpty)
        #expect(
            outputs.map(\.extensionsJSON) == [
                #"{"reasoning_content":"hm"}"#, #"{"tool_calls":[{"function":{"name":"f"},"index":0}]}"#,
            ]
        )
        #expect(result.finishReason == .toolCalls)
    }

    @Test func errorsInTheMiddleAreThrown() {
        for data in [#"{"error":{"message":"out of memory","code":500}}"#, #"{"error":"out of memory"}"#] {
            let error = #expect(throws: StatusError.self) { try run([data]) }
            #expect(error?.message.contains("out of memory") == true)
        }
        for data in ["nonsense", "{", #"{"choices":5}"#] {
            let error = #expect(throws: StatusError.self) { try run([data]) }
            #expect(error?.code == .dataLoss)
        }
    }

    @Test(arguments: [
        (400, #"{"error":{"message":"bad temperature","type":"invalid_request_error"}}"#, StatusCode.invalidArgument),
        (
            400,
            #"{"error":{"message":"request (9 tokens) exceeds the available context size (5 tokens)","type":"exceed_context_size_error"}}"#,
            .outOfRange
        ),
        (400, #"{"object":"error","message":"This model's maximum context length is 5 tokens"}"#, .outOfRange),
        (401, #"{"error":{"message":"Invalid API Key"}}"#, .failedPrecondition),
        (404, "<html>not found</html>", .failedPrecondition), (429, "", .resourceExhausted),
        (503, #"{"error":{"message":"Loading model"}}"#, .unavailable), (500, #"{"detail":[{"loc":1}]}"#, .internal),
    ])
    func refusalsAreOneClearLine(status: Int, text: String, code: StatusCode) {
        let error = ServerRefusal(status: status, text: text).error(url: "http://a")
        #expect(error.code == code)
        #expect(!error.message.contains("\n"))
    }

    // MARK: Choices

    @Test func aGrammarsScoreIsTheSumOfAllTokens() throws {
        let chunk = try chunk(
            #"""
            {"choices":[{"message":{"content":"86"},"logprobs":{"content":[{"logprob":-0.25},{"logprob":-5},{"logprob":-0.5}]}}]}
            """#
        )
        #expect(try ChoiceScorer.grammarScore(chunk, choice: "86") == -5.75)
        #expect(throws: StatusError.self) { try ChoiceScorer.grammarScore(chunk, choice: "85") }
        let silent = try self.chunk(#"{"choices":[{"message":{"content":"86"}}]}"#)
        #expect(throws: StatusError.self) { try ChoiceScorer.grammarScore(silent, choice: "86") }
    }

    @Test func promptTokensAreMatchedFromTheEnd() throws {
        let chunk = try chunk(
            #"""
            {"choices":[],"prompt_logprobs":[null,{"1":{"logprob":-9,"decoded_token":"Rome? "}},\#
            {"2":{"logprob":-1,"decoded_token":"Ro"}},{"3":{"logprob":-0.5,"decoded_token":"me"}},\#
            {"4":{"logprob":-7,"decoded_token":"<end>"}}]}
            """#
        )
        #expect(try ChoiceScorer.promptScore(chunk, choice: "Rome") == -1.5)
        #expect(throws: StatusError.self) { try ChoiceScorer.promptScore(chunk, choice: "Paris") }
    }

    @Test func anEchoIsScoredBehindThePrompt() throws {
        let text = #"""
            {"choices":[{"logprobs":{"tokens":["Q: ","a?"," R","ome","."],"token_logprobs":[null,-3,-1,-0.5,-9]}}]}
            """#
        let echo = try EchoedCompletion(JSONDocument(Array(text.utf8)))
        #expect(try echo.score(of: " Rome", promptBytes: 5) == -1.5)
        #expect(throws: StatusError.self) { try echo.score(of: " Rome and far more", promptBytes: 5) }
    }

    @Test func theModelIsFoundByNameOrWhenItIsTheOnlyOne() throws {
        let text = #"{"data":[{"id":"a","owned_by":"vllm","max_model_len":4096},{"id":"b","owned_by":"llamacpp"}]}"#
        let list = try JSONDecoder().decode(ModelList.self, from: Data(text.utf8))
        #expect(try list.model("a", url: "u").dialect == .vLLM)
        #expect(try list.model("b", url: "u").dialect == .llamaCpp)
        let several = #expect(throws: StatusError.self) { try list.model(nil, url: "u") }
        #expect(several?.message == "the model server at u has more than one model: set 'model' to one of a, b")
        let missing = #expect(throws: StatusError.self) { try list.model("c", url: "u") }
        #expect(missing?.message == "the model server at u has no model 'c': set 'model' to one of a, b")
    }

    @Test(arguments: ["http://a:1", "http://a:1/", "http://a:1/v1", "http://a:1/v1/"])
    func theAddressMayEndInV1(url: String) throws {
        #expect(OpenAISettings(expert: try ExpertID("e"), url: url).base == "http://a:1")
    }
}
