public import MoE2Wire

/// What a streaming handler writes its replies to.
public struct StreamWriter<Element: WireMessage>: Sendable {
    private let buffer: StreamBuffer

    init(_ buffer: StreamBuffer) { self.buffer = buffer }

    /// Adds a reply; returns when there is room for more, so that a slow reader slows the handler.
    /// The one that `isLast` ends the stream, so that a reader who waits learns both in one exchange.
    /// - Throws: `CancellationError` when nobody reads any more.
    public func write(_ element: Element, isLast: Bool = false) async throws {
        try await buffer.append(element.encoded(), isLast: isLast)
    }
}
