import NIOCore
import NIOHTTP1
import Synchronization

/// One connection to a model server, for one exchange at a time. What comes in one read is handed on at once, as one.
///
/// Lifecycle: make it, add it to a channel's pipeline behind the HTTP handlers, ``send(_:)`` a request, at once if you like,
/// take the reply by ``next()``, and ``finish(_:keeps:)`` the exchange. A connection that is kept is ready for another.
final class ServerConnection: ChannelDuplexHandler, Sendable {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = ServerRequest
    typealias OutboundOut = HTTPClientRequestPart

    /// Bytes of a reply that may wait before the server has to.
    static let capacity = 64 << 10
    /// How long the rest of a reply may take that nobody takes any more.
    static let drainLimit = TimeAmount.seconds(1)

    /// Names an exchange on a connection.
    struct Exchange: Hashable, Sendable { fileprivate let number: UInt64 }

    private enum Phase {
        /// Nobody uses it.
        case idle
        /// Somebody takes the reply.
        case taken
        /// What is left of the reply is thrown away; then the connection is kept.
        case draining
    }

    private struct State {
        var channel: (any Channel)?
        var isActive = false
        /// Goes as soon as there is a connection.
        var request: ServerRequest?
        var phase = Phase.idle
        var exchange = Exchange(number: 0)
        var reply = ServerReply()
        /// Whether the server keeps the connection after the reply.
        var isKeptAlive = false
        /// Whether anything of the reply has come.
        var hasBegun = false
        var failure: (any Error)?
        var holdsReading = false
        var reader: CheckedContinuation<Void, Never>?

        /// Whether there is something to take.
        var hasNews: Bool { reply.body.readableBytes > 0 || reply.isComplete || failure != nil }
    }

    let address: ServerAddress
    private let state = Mutex(State())
    private let kept: @Sendable (ServerConnection) -> Void

    /// A connection to `address`. Hands itself to `kept` whenever it is ready for another exchange.
    init(_ address: ServerAddress, kept: @escaping @Sendable (ServerConnection) -> Void) {
        self.address = address
        self.kept = kept
    }

    /// Whether another exchange can begin.
    var isUsable: Bool { state.withLock { $0.isActive && $0.failure == nil && $0.phase == .idle } }

    // MARK: Exchanges

    /// Begins an exchange.
    func send(_ request: ServerRequest) -> Exchange {
        let (exchange, channel) = state.withLock { state -> (Exchange, (any Channel)?) in
            state.exchange = Exchange(number: state.exchange.number + 1)
            state.phase = .taken
            state.reply = ServerReply()
            state.isKeptAlive = false
            state.hasBegun = false
            if !state.isActive { state.request = request }
            return (state.exchange, state.isActive ? state.channel : nil)
        }
        channel?.writeAndFlush(request, promise: nil)
        return exchange
    }

    /// Waits for more of the reply and takes it. For one reader.
    /// - Throws: why the connection is over, once all that came was taken; ``ConnectionFailure``.
    func next() async throws -> ServerReply {
        if let reply = try take() { return reply }
        await withCheckedContinuation { continuation in
            let goOn = state.withLock { state in
                guard !state.hasNews else { return true }
                state.reader = continuation
                return false
            }
            if goOn { continuation.resume() }
        }
        guard let reply = try take() else { throw ConnectionFailure.closed }
        return reply
    }

    private func take() throws -> ServerReply? {
        let (reply, held) = try state.withLock { state -> (ServerReply?, (any Channel)?) in
            guard state.hasNews else { return (nil, nil) }
            if !state.reply.isComplete, state.reply.body.readableBytes == 0, let failure = state.failure {
                throw failure
            }
            let reply = state.reply
            state.reply.body = ByteBuffer()
            defer { state.holdsReading = false }
            return (reply, state.holdsReading ? state.channel : nil)
        }
        held?.read()
        return reply
    }

    /// Ends an exchange before its time, unless it is over already: the connection is closed, which stops the server.
    func abort(_ exchange: Exchange, _ failure: ConnectionFailure) {
        guard state.withLock({ $0.exchange == exchange && $0.phase != .idle }) else { return }
        close(failure)
    }

    /// Nobody takes any more of the reply. The connection is kept when it `keeps` and the server does, too, once the reply has
    /// come to its end, and closed otherwise.
    func finish(_ exchange: Exchange, keeps: Bool) {
        enum Next { case keep, close, drain((any Channel)?), nothing }
        let next = state.withLock { state -> Next in
            guard state.exchange == exchange, state.phase == .taken else { return .nothing }
            guard keeps, state.failure == nil, state.isActive, state.isKeptAlive else { return .close }
            guard state.reply.isComplete else {
                state.phase = .draining
                state.reply.body = ByteBuffer()
                defer { state.holdsReading = false }
                return .drain(state.holdsReading ? state.channel : nil)
            }
            state.phase = .idle
            return .keep
        }
        switch next {
        case .keep: kept(self)
        case .close: close(ConnectionFailure.closed)
        case .drain(let held):
            held?.read()
            ModelServerLoop.executor.eventLoop.scheduleTask(in: Self.drainLimit) { [weak self] in
                self?.abort(exchange, .deadlineExceeded)
            }
        case .nothing: break
        }
    }

    /// Whether the server ended the connection before anything of the reply came.
    var endedSilently: Bool {
        state.withLock { state in
            switch state.failure {
            case nil, ConnectionFailure.deadlineExceeded?, ConnectionFailure.cancelled?: false
            case .some: !state.hasBegun
            }
        }
    }

    /// Closes the connection.
    func close(_ failure: any Error) {
        let (channel, reader) = state.withLock { state -> ((any Channel)?, CheckedContinuation<Void, Never>?) in
            state.failure = state.failure ?? failure
            state.isActive = false
            state.request = nil
            defer { state.reader = nil }
            return (state.channel, state.reader)
        }
        channel?.close(promise: nil)
        reader?.resume()
    }

    // MARK: The channel

    func channelActive(context: ChannelHandlerContext) {
        let (request, isGivenUp) = state.withLock { state in
            state.channel = context.channel
            state.isActive = state.failure == nil
            defer { state.request = nil }
            return (state.request, state.failure != nil)
        }
        if isGivenUp { return context.close(promise: nil) }
        context.fireChannelActive()
        if let request { context.channel.writeAndFlush(request, promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        close(ConnectionFailure.closed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if case HTTPParserError.invalidEOFState = error { return close(ConnectionFailure.closed) }
        close(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let request = Self.unwrapOutboundIn(data)
        context.write(Self.wrapOutboundOut(.head(request.head)), promise: nil)
        if let body = request.body { context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.write(Self.wrapOutboundOut(.end(nil)), promise: promise)
    }

    /// Does not read what nobody takes.
    func read(context: ChannelHandlerContext) {
        let mayRead = state.withLock { state in
            state.holdsReading = state.phase == .taken && state.reply.body.readableBytes >= Self.capacity
            return !state.holdsReading
        }
        if mayRead { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = Self.unwrapInboundIn(data)
        let isKept = state.withLock { state in
            switch part {
            case .head(let head):
                state.hasBegun = true
                state.reply.status = head.status
                state.isKeptAlive = head.isKeepAlive
            case .body(var bytes):
                guard state.phase == .taken else { return false }
                if state.reply.body.readableBytes == 0 {
                    state.reply.body = bytes
                } else {
                    state.reply.body.writeBuffer(&bytes)
                }
            case .end:
                state.reply.isComplete = true
                guard state.phase == .draining else { return false }
                state.phase = .idle
                return true
            }
            return false
        }
        if isKept { kept(self) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        let reader = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.hasNews else { return nil }
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
        context.fireChannelReadComplete()
    }
}
