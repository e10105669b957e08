import MoE2Core
import Testing

@testable import MoE2HTTP

@Suite struct AnswerPartsTests {
    private func chunk(_ extensions: String = "", _ logProbabilities: String = "") -> ShardChunk {
        ShardChunk(
            sequence: 0,
            text: "",
            tokens: 1,
            extensionsJSON: extensions,
            logProbabilitiesJSON: logProbabilities
        )
    }

    @Test func toolCallsArePutTogether() {
        var parts = AnswerParts()
        for piece in [
            #"{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"add","arguments":""}}]}"#,
            #"{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]}"#,
            #"{"tool_calls":[{"index":0,"function":{"arguments":"1}"}},{"index":1,"id":"c2","function":{"name":"g"}}]}"#,
            #"{"reasoning_content":"hm"}"#, #"{"reasoning_content":"m"}"#, "no json",
            #"{"tool_calls":[{"index":1e9}]}"#,
        ] { parts.add(chunk(piece)) }
        let text = String(decoding: JSONWriter.object { parts.write(to: &$0) }, as: UTF8.self)
        #expect(
            text == #"""
                {"reasoning_content":"hmm","tool_calls":[{"id":"c1","type":"function","function":{"name":"add",\#
                "arguments":"{\"a\":1}"}},{"id":"c2","type":"function","function":{"name":"g","arguments":""}}]}
                """#
        )
    }

    @Test func logProbabilitiesTakeTheOldShape() throws {
        var parts = AnswerParts()
        parts.add(
            chunk("", #"{"content":[{"token":"ab","logprob":-0.5,"top_logprobs":[{"token":"ab","logprob":-0.5}]}]}"#)
        )
        parts.add(chunk("", #"{"content":[{"token":"c","logprob":-1.5,"top_logprobs":[]}]}"#))
        let bytes = JSONWriter.object { LegacyLogProbabilities.write(parts.logProbabilities, offset: 3, to: &$0) }
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"logprobs":{"tokens":["ab","c"],"token_logprobs":[-0.5,-1.5],"top_logprobs":[{"ab":-0.5},{}],"text_offset":[3,5]}}"#
        )
    }
}
