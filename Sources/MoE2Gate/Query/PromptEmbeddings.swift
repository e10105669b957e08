import Logging
import MoE2Calibration
import MoE2Gating
import Synchronization

/// Embeddings of prompts for a gate that was trained on them. Queries wait for the server a bounded time; whoever scores
/// finds what is there at that moment and does without it otherwise.
///
/// After a failure the server is left alone for a while, so that one that is down costs queries nothing.
final class PromptEmbeddings: Sendable {
    /// Embeddings that are kept; the oldest make room.
    static let capacity = 4_096
    /// Requests on their way at a time; queries beyond them do without.
    static let maximumRequests = 64
    /// How long the server is left alone after a failure.
    static let pause = Duration.seconds(5)

    private struct State {
        var features: [String: SparseVector] = [:]
        /// Embeddings that stay, whatever queries come.
        var pinned: [String: SparseVector] = [:]
        /// Prompts in the order of their arrival, a ring of `capacity`.
        var order: [String] = []
        var oldest = 0
        var requests = 0
        var pausedUntil = Duration.zero
    }

    private let dimension: Int
    private let fetch: @Sendable ([String]) async throws -> [[Float]]
    private let logger: Logger
    private let now: @Sendable () -> Duration
    private let state = Mutex(State())

    /// Embeddings of `dimension` numbers, which `fetch` gets or fails to get within its own time limit, in the order of the
    /// texts. `now` is a monotonic clock that starts at 0 or later.
    init(
        dimension: Int,
        logger: Logger,
        now: @escaping @Sendable () -> Duration,
        fetch: @escaping @Sendable ([String]) async throws -> [[Float]]
    ) {
        self.dimension = dimension
        self.logger = logger
        self.now = now
        self.fetch = fetch
    }

    /// The features of `prompt`, if its embedding has arrived.
    func features(of prompt: String) -> SparseVector? {
        state.withLock { $0.features[prompt] ?? $0.pinned[prompt] }
    }

    /// Asks for the embedding of `prompt` unless it is there; returns when it is, or when it cannot be had in time.
    func prepare(_ prompt: String) async {
        let time = now()
        let mayAsk = state.withLock { state in
            guard state.features[prompt] == nil, state.pinned[prompt] == nil, state.pausedUntil <= time,
                state.requests < Self.maximumRequests
            else { return false }
            state.requests += 1
            return true
        }
        guard mayAsk else { return }
        let found = await ask([prompt])
        state.withLock { state in
            state.requests -= 1
            if let features = found?.first { Self.keep(features, of: prompt, &state) }
        }
    }

    /// Gets the embeddings of all of `prompts`, one request after the other, and keeps them. Returns whether all are there;
    /// what is missing after a failure can be asked for again.
    func pin(_ prompts: [String]) async -> Bool {
        let known = state.withLock { Set($0.pinned.keys) }
        let missing = Set(prompts).subtracting(known).sorted()
        for start in stride(from: 0, to: missing.count, by: EmbeddingServer.batch) {
            let part = Array(missing[start..<min(start + EmbeddingServer.batch, missing.count)])
            guard let found = await ask(part) else { return false }
            state.withLock { $0.pinned.merge(zip(part, found)) { _, new in new } }
        }
        return true
    }

    /// The features of `prompts` from the server; nil, and a pause, when it fails or answers something else.
    private func ask(_ prompts: [String]) async -> [SparseVector]? {
        do {
            let embeddings = try await fetch(prompts)
            guard embeddings.count == prompts.count else {
                throw CalibrationError(
                    .server,
                    "the server gives \(embeddings.count) embeddings of \(prompts.count) texts"
                )
            }
            return try embeddings.map { embedding in
                guard embedding.count == dimension, embedding.allSatisfy(\.isFinite) else {
                    throw CalibrationError(
                        .server,
                        "the server gives embeddings of \(embedding.count) numbers, the gate was trained on \(dimension) finite ones: name its model"
                    )
                }
                return SparseVector(indices: Array(0..<Int32(dimension)), values: embedding).normalised
            }
        } catch {
            guard !Task.isCancelled else { return nil }
            let end = now() + Self.pause
            state.withLock { $0.pausedUntil = end }
            logger.warning("no embeddings for \(Self.pause): prompts are scored by label and prior (\(error))")
            return nil
        }
    }

    private static func keep(_ features: SparseVector, of prompt: String, _ state: inout State) {
        guard state.features.updateValue(features, forKey: prompt) == nil else { return }
        guard state.order.count == capacity else {
            state.order.append(prompt)
            return
        }
        state.features[state.order[state.oldest]] = nil
        state.order[state.oldest] = prompt
        state.oldest = (state.oldest + 1) % capacity
    }
}
