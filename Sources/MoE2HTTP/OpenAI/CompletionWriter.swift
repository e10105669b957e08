import MoE2Core

/// Writes answers in the shapes of `/v1/chat/completions` and `/v1/completions`.
struct CompletionWriter: Sendable {
    let request: CompletionRequest
    /// The answer's name without its prefix.
    let id: QueryID
    /// Unix time, in seconds.
    let created: Int

    // MARK: Whole answers

    /// The body of an answer that is not streamed.
    func body(_ answers: [CompletedAnswer]) -> [UInt8] {
        JSONWriter.object { writer in
            head(request.isChat ? "chat.completion" : "text_completion", to: &writer)
            writer.array("choices") { writer in
                for (index, answer) in answers.enumerated() { choice(index, answer, to: &writer) }
            }
            writer.object("usage") { usage(answers.map(\.answer), to: &$0) }
            if let first = answers.first {
                FleetReport.write(first.answer, query: first.query, mode: request.options.mode, to: &writer)
            }
        }
    }

    private func head(_ object: String, to writer: inout JSONWriter) {
        writer.member("id", "\(request.isChat ? "chatcmpl-" : "cmpl-")\(id)")
        writer.member("object", object)
        writer.member("created", created)
        writer.member("model", request.model)
    }

    private func choice(_ index: Int, _ completed: CompletedAnswer, to writer: inout JSONWriter) {
        let answer = completed.answer
        writer.object { writer in
            writer.member("index", index)
            if request.isChat {
                writer.object("message") { writer in
                    writer.member("role", "assistant")
                    if answer.text.isEmpty, completed.parts.hasToolCalls {
                        writer.null("content")
                    } else {
                        writer.member("content", answer.text)
                    }
                    writer.null("refusal")
                    completed.parts.write(to: &writer)
                }
            } else {
                writer.member("text", echoed(index) + answer.text)
            }
            logProbabilities(completed.parts.logProbabilities, offset: 0, to: &writer)
            writer.member("finish_reason", Self.finishReason(answer, completed.parts))
        }
    }

    /// The prompt of answer `index`, when the request wants it repeated.
    func echoed(_ index: Int) -> String {
        request.echoes ? request.conversations[index / request.answers].last?.content ?? "" : ""
    }

    private func logProbabilities(_ entries: [String], offset: Int, to writer: inout JSONWriter) {
        guard request.decoding.topLogProbabilities != nil, !entries.isEmpty else { return writer.null("logprobs") }
        guard request.isChat else { return LegacyLogProbabilities.write(entries, offset: offset, to: &writer) }
        writer.object("logprobs") { writer in
            writer.array("content") { writer in
                for entry in entries { writer.value(json: entry) }
            }
            writer.null("refusal")
        }
    }

    /// OpenAI knows no word for an answer that broke off: `length` tells a program that it is not complete, and
    /// `moe2.degraded` tells why.
    static func finishReason(_ answer: Answer, _ parts: AnswerParts) -> String {
        switch answer.finishReason {
        case .stop: parts.hasToolCalls ? "tool_calls" : "stop"
        case .toolCalls: "tool_calls"
        case .length, .interrupted: "length"
        }
    }

    private func usage(_ answers: [Answer], to writer: inout JSONWriter) {
        // The prompt counts once however many answers it gets, as OpenAI counts.
        let prompts = stride(from: 0, to: answers.count, by: request.answers).map { answers[$0].usage.promptTokens }
        let prompt = prompts.reduce(0, +)
        let completion = answers.reduce(0) { $0 + $1.usage.completionTokens }
        writer.member("prompt_tokens", prompt)
        writer.member("completion_tokens", completion)
        writer.member("total_tokens", prompt + completion)
    }

    // MARK: Pieces of a stream

    /// A server-sent event with a chunk.
    private func event(_ fill: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            head(request.isChat ? "chat.completion.chunk" : "text_completion", to: &writer)
            fill(&writer)
        }
        return Self.event(writer.bytes)
    }

    private static func event(_ data: [UInt8]) -> [UInt8] { Array("data: ".utf8) + data + Array("\n\n".utf8) }

    /// The last event of every stream.
    static let done = Array("data: [DONE]\n\n".utf8)

    /// An error after the stream began.
    static func failed(_ error: APIError) -> [UInt8] { event(error.body) }

    /// The first chunk of choice `index`.
    func opening(_ index: Int) -> [UInt8] {
        event { writer in
            choice(index, finish: nil, to: &writer) { writer in
                if request.isChat {
                    writer.object("delta") { writer in
                        writer.member("role", "assistant")
                        writer.member("content", "")
                    }
                } else {
                    writer.member("text", echoed(index))
                }
                writer.null("logprobs")
            }
        }
    }

    /// A piece of choice `index`; `offset` is how many characters came before it.
    func piece(_ index: Int, _ chunk: ShardChunk, offset: Int) -> [UInt8] {
        event { writer in
            choice(index, finish: nil, to: &writer) { writer in
                if request.isChat {
                    writer.object("delta") { writer in
                        if !chunk.text.isEmpty || chunk.extensionsJSON.isEmpty { writer.member("content", chunk.text) }
                        writer.members(of: chunk.extensionsJSON)
                    }
                } else {
                    writer.member("text", chunk.text)
                }
                var parts = AnswerParts()
                parts.add(
                    ShardChunk(sequence: 0, text: "", tokens: 0, logProbabilitiesJSON: chunk.logProbabilitiesJSON)
                )
                logProbabilities(parts.logProbabilities, offset: offset, to: &writer)
            }
        }
    }

    /// The last chunk of choice `index`: why it ended, and what the fleet says.
    func closing(_ index: Int, _ completed: CompletedAnswer) -> [UInt8] {
        event { writer in
            choice(index, finish: Self.finishReason(completed.answer, completed.parts), to: &writer) { writer in
                if request.isChat { writer.object("delta") { _ in } } else { writer.member("text", "") }
                writer.null("logprobs")
            }
            FleetReport.write(completed.answer, query: completed.query, mode: request.options.mode, to: &writer)
        }
    }

    /// The chunk with the usage, which comes last when it was asked for.
    func closingUsage(_ answers: [Answer]) -> [UInt8] {
        event { writer in
            writer.array("choices") { _ in }
            writer.object("usage") { usage(answers, to: &$0) }
        }
    }

    private func choice(
        _ index: Int,
        finish: String?,
        to writer: inout JSONWriter,
        _ fill: (inout JSONWriter) -> Void
    ) {
        writer.array("choices") { writer in
            writer.object { writer in
                writer.member("index", index)
                fill(&writer)
                if let finish { writer.member("finish_reason", finish) } else { writer.null("finish_reason") }
            }
        }
        if request.includesUsage { writer.null("usage") }
    }
}
