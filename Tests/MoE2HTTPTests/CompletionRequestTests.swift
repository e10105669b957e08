import HTTPTypes
import MoE2Core
import MoE2Testing
import Testing

@testable import MoE2HTTP

@Suite struct CompletionRequestTests {
    private func read(_ text: String, _ headers: HTTPFields = [:], isChat: Bool = true) throws -> CompletionRequest {
        try CompletionRequest(try BodyReader(Array(text.utf8)), headers, isChat: isChat)
    }

    private let hello = #""model":"moe2","messages":[{"role":"user","content":"hi"}]"#

    @Test func parametersReachTheQuery() throws {
        let request = try read(
            """
            {\(hello),"stop":["a","b"],"max_completion_tokens":7,"max_tokens":9,"temperature":0.5,"top_p":0.9,
            "seed":9007199254740993,"logprobs":true,"top_logprobs":3,"n":2,"user":"me","presence_penalty":0.5,
            "tools":[{"type":"function","function":{"name":"f"}}],"stream":true,"stream_options":{"include_usage":true},
            "moe2":{"category":"math","max_energy":"20mJ","max_latency":800,"priority":3,"queue":false,"explain":true}}
            """
        )
        let query = request.query(1, expert: nil, traceParent: "t")
        #expect(query.decoding.stop == ["a", "b"])
        #expect(query.decoding.maxTokens == 7)
        #expect(query.decoding.temperature == 0.5)
        #expect(query.decoding.topP == 0.9)
        #expect(query.decoding.seed == 9_007_199_254_740_994, "the second answer has another seed")
        #expect(query.decoding.topLogProbabilities == 3)
        #expect(
            query.decoding.extensionsJSON
                == #"{"presence_penalty":0.5,"tools":[{"type":"function","function":{"name":"f"}}]}"#
        )
        #expect(query.category?.rawValue == "math")
        #expect(query.budget == Budget(energy: .joules(0.02), latency: .milliseconds(800)))
        #expect(query.priority == 3)
        #expect(!query.mayQueue && query.explain)
        #expect(request.isStream && request.includesUsage && request.count == 2)
    }

    @Test func headersCarryOptionsToo() throws {
        let fields: [(String, String)] = [
            ("x-moe2-mode", "vote"), ("x-moe2-max-energy", "2J"), ("x-moe2-k", "3"), ("x-moe2-explain", "1"),
        ]
        var headers = HTTPFields()
        for (name, value) in fields { headers[try #require(HTTPField.Name(name))] = value }
        let query = try read("{\(hello)}", headers).query(0, expert: nil, traceParent: "")
        #expect(query.mode == .vote && query.teamSize == 3 && query.explain)
        #expect(query.budget.energy == .joules(2))
        let body = try read(#"{\#(hello),"moe2":{"mode":"best"}}"#, headers)
        #expect(body.options.mode == .best, "the body wins")
    }

    @Test func messagesKeepTheirToolCalls() throws {
        let request = try read(
            #"""
            {"model":"moe2","messages":[{"role":"developer","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]},
            {"role":"assistant","content":null,"tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},
            {"role":"tool","tool_call_id":"1","content":"4"}]}
            """#
        )
        let messages = request.conversations[0]
        #expect(messages.map(\.role) == [.system, .assistant, .tool])
        #expect(messages.map(\.content) == ["ab", "", "4"])
        #expect(messages[1].extensionsJSON.contains(#""name":"f""#))
        #expect(messages[2].extensionsJSON == #"{"tool_call_id":"1"}"#)
    }

    @Test func severalPromptsGetSeveralAnswers() throws {
        let request = try read(#"{"model":"moe2","prompt":["a","b"],"n":2,"echo":true,"logprobs":2}"#, isChat: false)
        #expect(request.count == 4)
        #expect((0..<4).map { request.query($0, expert: nil, traceParent: "").prompt } == ["a", "a", "b", "b"])
        #expect(request.decoding.topLogProbabilities == 2)
    }

    @Test(arguments: [
        (#"{"messages":[]}"#, "model"), (#"{"model":"moe2"}"#, "messages"),
        (#"{"model":"moe2","messages":[]}"#, "messages"),
        (#"{"model":1,"messages":[]}"#, "model"),
        (#"{"model":"moe2","messages":[{"role":"king","content":"x"}]}"#, "messages"),
        (#"{"model":"moe2","messages":[{"role":"user","content":[{"type":"image_url"}]}]}"#, "messages"),
        (#"{"model":"moe2","messages":[{"role":"user","content":"x"}],"n":0}"#, "n"),
        (#"{"model":"moe2","messages":[{"role":"user","content":"x"}],"n":1.5}"#, "n"),
        (#"{"model":"moe2","messages":[{"role":"user","content":"x"}],"temperature":3}"#, "temperature"),
        (#"{"model":"moe2","messages":[{"role":"user","content":"x"}],"seed":1.5}"#, "seed"),
        (#"{"model":"moe2","messages":[{"role":"user","content":"x"}],"functions":[]}"#, "functions"),
        (#"{"model":"moe2","messages":[{"role":"user","content":"x"}],"colour":1}"#, "colour"),
        (#"{"model":"moe2","messages":[{"role":"user","content":"x"}],"moe2":{"mode":"guess"}}"#, "moe2.mode"),
        (
            #"{"model":"moe2","messages":[{"role":"user","content":"x"}],"moe2":{"max_energy":"20 parsec"}}"#,
            "moe2.max_energy"
        ),
        (#"{"model":"moe2","messages":[{"role":"user","content":"x"}],"moe2":{"colour":1}}"#, "moe2.colour"),
        (#"{"model":"moe2","messages":[{"role":"user","content":"x"}],"top_logprobs":2}"#, "top_logprobs"),
        (
            #"{"model":"moe2","messages":[{"role":"user","content":"x"}],"logprobs":true,"moe2":{"mode":"vote"}}"#,
            "logprobs"
        ),
    ])
    func wrongRequestsNameTheParameter(_ text: String, _ param: String) {
        #expect {
            try read(text)
        } throws: { error in
            let error = error as? APIError
            return error?.status == .badRequest && error?.param == param && error?.message.isEmpty == false
        }
    }

    @Test func tokensAreNoPrompt() {
        #expect(throws: APIError.self) { try read(#"{"model":"moe2","prompt":[1,2]}"#, isChat: false) }
        #expect(throws: APIError.self) { try read(#"{"model":"moe2","prompt":"x","suffix":"y"}"#, isChat: false) }
    }

    /// Whatever a client sends, the decoder either makes a query of it or says what is wrong.
    @Test(arguments: [11, 12, 13, 14] as [UInt64]) func damagedBodiesAreRefusedOrRead(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let whole = [
            #"{"model":"moe2","messages":[{"role":"user","content":"h\u00e9"}],"seed":7,"stop":["a"],"moe2":{"k":2}}"#,
            #"{"model":"m","messages":[{"role":"tool","content":[{"type":"text","text":"a"}],"tool_call_id":"1"}],"tools":[{}]}"#,
            #"{"model":"moe2","prompt":["a","b"],"n":3,"logprobs":2,"moe2":{"max_energy":"2J","choices":["a","b"]}}"#,
        ].map { Array($0.utf8) }
        var read = 0
        for round in 0..<5_000 {
            let bytes = Mutation.mutate(whole[round % whole.count], using: &generator)
            do {
                let request = try CompletionRequest(try BodyReader(bytes), [:], isChat: round % 3 != 2)
                for index in 0..<request.count { _ = request.query(index, expert: nil, traceParent: "") }
                read += 1
            } catch {
                #expect(error.status == .badRequest && !error.message.isEmpty, "seed \(seed), round \(round)")
            }
        }
        #expect(read > 0 && read < 5_000, "seed \(seed): \(read) bodies were read")
    }
}
