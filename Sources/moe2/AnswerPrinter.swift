import MoE2Client
import MoE2Core

/// Prints the events of one query: text as it comes, then what `--explain` asks for; or one JSON object.
struct AnswerPrinter: Sendable {
    let query: Query
    let json: Bool
    let explain: Bool

    func print(_ event: QueryEvent) throws {
        switch event {
        case .decided:
            break
        case .text(let chunk):
            if !json { try StandardStreams.write(chunk.text) }
        case .done(let answer):
            if json {
                try StandardStreams.write(try JSONOutput.render(QueryReport(query: query, answer: answer)) + "\n")
                return
            }
            // The other modes have nothing to stream: the text is known when the mixture is.
            try StandardStreams.write(query.mode == .route ? "\n" : answer.text + "\n")
            if explain {
                try StandardStreams.write("\n" + Explanation.render(answer) + "\n")
            } else if let degraded = answer.degraded {
                StandardStreams.note("degraded: \(degraded)")
            }
        }
    }
}
