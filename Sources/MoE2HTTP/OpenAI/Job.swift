import MoE2Core
import MoE2Gate
import Synchronization

/// The queries of one request on their way through the engine.
struct Job: Sendable {
    /// What happens while a request is answered as a stream.
    enum Event: Sendable {
        case decided(TeamDecision)
        case piece(Int, ShardChunk)
        case done(Int, CompletedAnswer)
        case failed(APIError)
    }

    let queries: [Query]
    let client: ClientIdentity
    let engine: QueryEngine
    /// Held until the last answer is made.
    let ticket: Admission.Ticket

    /// All answers, in the order of the queries.
    func answers() async throws -> [CompletedAnswer] {
        if queries.count == 1 { return [try await answer(queries[0])] }
        return try await withThrowingTaskGroup(of: (Int, CompletedAnswer).self) { group in
            for (index, query) in queries.enumerated() {
                group.addTask { (index, try await answer(query)) }
            }
            var answers: [(Int, CompletedAnswer)] = []
            for try await answer in group { answers.append(answer) }
            return answers.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    private func answer(_ query: Query) async throws -> CompletedAnswer {
        let parts = PartsBox()
        let answer = try await engine.answer(query, client: client) { event in
            if case .text(let chunk) = event { parts.add(chunk) }
        }
        return CompletedAnswer(query: query.id, answer: answer, parts: parts.parts)
    }

    /// Sends every event of every answer into `pipe`.
    func stream(into pipe: EventPipe<Event>) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, query) in queries.enumerated() {
                group.addTask { try await stream(query, index, into: pipe) }
            }
            try await group.waitForAll()
        }
    }

    private func stream(_ query: Query, _ index: Int, into pipe: EventPipe<Event>) async throws {
        let parts = PartsBox()
        let written = Atomic(false)
        let answer = try await engine.answer(query, client: client) { event in
            switch event {
            case .decided(let decision):
                try await pipe.send(.decided(decision))
            case .text(let chunk):
                written.store(true, ordering: .relaxed)
                parts.add(chunk)
                try await pipe.send(.piece(index, chunk))
            case .done:
                break
            }
        }
        if !written.load(ordering: .relaxed), !answer.text.isEmpty {
            // A team's answer is mixed at the end: it comes in one piece.
            try await pipe.send(
                .piece(index, ShardChunk(sequence: 0, text: answer.text, tokens: answer.usage.completionTokens))
            )
        }
        try await pipe.send(
            .done(index, CompletedAnswer(query: query.id, answer: answer, parts: parts.parts))
        )
    }

    /// Collects parts from the engine's callbacks.
    private final class PartsBox: Sendable {
        private let box = Mutex(AnswerParts())

        func add(_ chunk: ShardChunk) {
            guard !chunk.extensionsJSON.isEmpty || !chunk.logProbabilitiesJSON.isEmpty else { return }
            box.withLock { $0.add(chunk) }
        }

        var parts: AnswerParts { box.withLock { $0 } }
    }
}
