public import MoE2Core
public import MoE2Wire

/// The replies of a streaming call, in order. For one reader.
public struct ReplyStream<Element: WireMessage>: AsyncSequence, Sendable {
    private let puller: StreamPuller

    init(_ puller: StreamPuller) { self.puller = puller }

    /// Starts reading.
    public func makeAsyncIterator() -> Iterator { Iterator(Reader(puller)) }

    /// Reads one reply after the other.
    public struct Iterator: AsyncIteratorProtocol {
        private let reader: Reader

        init(_ reader: Reader) { self.reader = reader }

        /// The next reply; nil after the last.
        /// - Throws: the call's ``StatusError``.
        public mutating func next() async throws(StatusError) -> Element? {
            try await next(isolation: nil)
        }

        /// The next reply; nil after the last.
        /// - Throws: the call's ``StatusError``.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(StatusError) -> Element? {
            guard let bytes = try await reader.puller.next() else { return nil }
            do {
                return try Element(decoding: bytes)
            } catch {
                throw StatusError(.dataLoss, "a message of the stream is damaged: \(error.message)")
            }
        }
    }

    /// Ends the call when the iterator is gone.
    final class Reader: Sendable {
        let puller: StreamPuller
        init(_ puller: StreamPuller) { self.puller = puller }
        deinit { puller.abandon() }
    }
}
