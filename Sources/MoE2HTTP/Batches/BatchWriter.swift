import MoE2Core
import MoE2Store

/// Writes files, batches and their results in the shapes of the OpenAI API.
enum BatchWriter {
    /// Which of a batch's two result files.
    enum Results: String, CaseIterable, Sendable {
        case output
        case error
    }

    static func write(_ file: ShelvedFile, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", file.id)
            writer.member("object", "file")
            writer.member("bytes", file.bytes)
            writer.member("created_at", Int(file.created))
            writer.member("filename", file.name)
            writer.member("purpose", file.purpose)
            writer.member("status", "processed")
        }
    }

    /// The name of a batch's file of results.
    static func name(_ batch: BatchID, _ results: Results) -> String { "file-\(batch)-\(results.rawValue)" }

    /// The batch and the kind of results that a file's name stands for; nil for a file that a client sent.
    static func results(named name: String) -> (batch: BatchID, results: Results)? {
        for kind in Results.allCases where name.hasPrefix("file-batch_") && name.hasSuffix("-\(kind.rawValue)") {
            if let batch = BatchID(rawValue: String(name.dropFirst(5).dropLast(kind.rawValue.count + 1))) {
                return (batch, kind)
            }
        }
        return nil
    }

    static func write(_ batch: ShelvedBatch, _ status: BatchStatus, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", batch.id.rawValue)
            writer.member("object", "batch")
            writer.member("endpoint", batch.endpoint)
            writer.member("input_file_id", batch.file)
            writer.member("completion_window", batch.window)
            writer.member("status", name(of: status.state))
            writer.member("created_at", Int(batch.created))
            writer.member("metadata", json: batch.metadata)
            if status.state.isFinal, status.answered > 0 {
                writer.member("output_file_id", name(batch.id, .output))
            } else {
                writer.null("output_file_id")
            }
            if status.state.isFinal, status.failed > 0 {
                writer.member("error_file_id", name(batch.id, .error))
            } else {
                writer.null("error_file_id")
            }
            if status.state == .refused {
                writer.object("errors") { writer in
                    writer.member("object", "list")
                    writer.array("data") { writer in
                        writer.object { writer in
                            writer.member("code", "refused")
                            writer.member("message", status.detail)
                        }
                    }
                }
            } else {
                writer.null("errors")
            }
            writer.object("request_counts") { writer in
                writer.member("total", status.lines)
                writer.member("completed", status.answered)
                writer.member("failed", status.failed)
            }
            writer.object("moe2") { writer in
                writer.member("energy_j", status.energy.joules)
                writer.member("energy_source", status.energySource.description)
                writer.member("elapsed_ms", status.elapsed.milliseconds)
                if let left = status.left { writer.member("left_ms", left.milliseconds) }
            }
        }
    }

    private static func name(of state: BatchStatus.State) -> String {
        switch state {
        case .receiving: "validating"
        case .running: "in_progress"
        case .done: "completed"
        case .cancelled: "cancelled"
        case .refused: "failed"
        }
    }

    /// A line of a file of results, with its end.
    static func line(_ result: BatchResult, _ batch: ShelvedBatch, customID: String) -> [UInt8] {
        JSONWriter.object { writer in
            writer.member("id", "\(batch.id)-\(result.line)")
            writer.member("custom_id", customID)
            writer.object("response") { writer in
                let error = result.error.map { APIError($0) }
                writer.member("status_code", error?.status.code ?? 200)
                writer.member("request_id", "\(batch.id)-\(result.line)")
                writer.object("body") { writer in
                    if let error { error.write(to: &writer) } else { body(result, batch, to: &writer) }
                }
            }
            writer.null("error")
        } + [0x0A]
    }

    private static func body(_ result: BatchResult, _ batch: ShelvedBatch, to writer: inout JSONWriter) {
        let isChat = batch.endpoint == "/v1/chat/completions"
        writer.member("id", "\(isChat ? "chatcmpl" : "cmpl")-\(batch.id)-\(result.line)")
        writer.member("object", isChat ? "chat.completion" : "text_completion")
        writer.member("created", Int(batch.created))
        writer.member("model", ModelName.fleet)
        writer.array("choices") { writer in
            writer.object { writer in
                writer.member("index", 0)
                if isChat {
                    writer.object("message") { writer in
                        writer.member("role", "assistant")
                        writer.member("content", result.text)
                    }
                } else {
                    writer.member("text", result.text)
                }
                writer.null("logprobs")
                writer.member("finish_reason", result.finishReason == .stop ? "stop" : "length")
            }
        }
        writer.object("usage") { writer in
            writer.member("prompt_tokens", result.usage.promptTokens)
            writer.member("completion_tokens", result.usage.completionTokens)
            writer.member("total_tokens", result.usage.promptTokens + result.usage.completionTokens)
        }
        writer.object("moe2") { writer in
            writer.array("team") { writer in
                for expert in result.experts { writer.object { $0.member("expert", expert.rawValue) } }
            }
            writer.object("measured") { writer in
                writer.member("latency_ms", result.usage.total.milliseconds)
                writer.member("energy_j", result.usage.energy.joules)
                writer.member("energy_source", result.usage.energySource.description)
            }
            if let degraded = result.degraded { writer.member("degraded", degraded) }
        }
    }
}
