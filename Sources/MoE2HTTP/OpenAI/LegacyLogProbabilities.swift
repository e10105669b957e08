import MoE2Core

/// The `logprobs` of `/v1/completions`, made of the entries that chat answers carry.
enum LegacyLogProbabilities {
    /// Writes the member `logprobs`; `offset` is where the text of the first token starts in the answer, in characters.
    static func write(_ entries: [String], offset: Int, to writer: inout JSONWriter) {
        let documents = entries.compactMap { try? JSONDocument(Array($0.utf8)) }
        writer.object("logprobs") { writer in
            writer.array("tokens") { writer in
                for document in documents { writer.value(token(document.root)) }
            }
            writer.array("token_logprobs") { writer in
                for document in documents { writer.value(logProbability(document.root)) }
            }
            writer.array("top_logprobs") { writer in
                for document in documents { writer.object { alternatives(document.root, to: &$0) } }
            }
            writer.array("text_offset") { writer in
                var place = offset
                for document in documents {
                    writer.value(place)
                    place += token(document.root).count
                }
            }
        }
    }

    private static func alternatives(_ entry: JSONValue, to writer: inout JSONWriter) {
        guard case .array(let tops)? = entry["top_logprobs"]?.kind else { return }
        for top in tops {
            writer.name(token(top))
            writer.value(logProbability(top))
        }
    }

    private static func token(_ entry: JSONValue) -> String {
        if case .string(let text)? = entry["token"]?.kind { text } else { "" }
    }

    private static func logProbability(_ entry: JSONValue) -> Double {
        if case .number(let number)? = entry["logprob"]?.kind { number } else { -9999 }
    }
}
