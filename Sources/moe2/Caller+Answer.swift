import MoE2Core
import MoE2Transport
import MoE2Wire

extension Caller {
    /// Sends `query` and waits for the whole answer.
    /// - Throws: ``StatusError``, also when the stream ends without an answer.
    func answer(_ query: Query) async throws -> Answer {
        var query = query
        query.isStreamed = false
        for try await event in stream(QueryMethods.ask, query, timeout: QueryTimeout.of(query)) {
            if case .done(let answer) = event { return answer }
        }
        throw StatusError(.internal, "the gate ended the stream without an answer")
    }
}
