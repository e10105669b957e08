import MoE2Core

/// One answer of a request, complete.
struct CompletedAnswer: Sendable {
    var query: QueryID
    var answer: Answer
    var parts: AnswerParts
}
