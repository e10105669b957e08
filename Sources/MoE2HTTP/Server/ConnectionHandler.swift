import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// Watches one connection: tells when the client goes away, ends it when the client does not read what it is sent or
/// sends more than anybody asked for, and answers `Expect: 100-continue`.
///
/// Confined to its channel's event loop.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limits: HTTPLimits
    private let isPinned: Bool
    private var bodyBytes = 0
    private var stall: Scheduled<Void>?

    /// - Parameter isPinned: Whether the connection's tasks run on its event loop.
    init(limits: HTTPLimits, isPinned: Bool) {
        self.limits = limits
        self.isPinned = isPinned
    }

    func handlerAdded(context: ChannelHandlerContext) {
        _ = ConnectionRegistry.shared.open(context.channel, isPinned: isPinned)
        // A client that closes its side is gone: waiting to write to it would keep experts busy for nobody.
        context.channel.setOption(.allowRemoteHalfClosure, value: false).whenFailure { _ in }
    }

    func channelInactive(context: ChannelHandlerContext) {
        stall?.cancel()
        ConnectionRegistry.shared.close(context.channel)
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stall?.cancel()
        ConnectionRegistry.shared.close(context.channel)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            bodyBytes = 0
            if head.headerFields[.expect]?.lowercased() == "100-continue", Self.length(head) <= limits.bodyBytes {
                context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
            }
        case .body(let buffer):
            bodyBytes += buffer.readableBytes
            if bodyBytes > limits.drainedBytes { return context.close(promise: nil) }
        case .end:
            break
        }
        context.fireChannelRead(data)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        stall?.cancel()
        stall = nil
        if !context.channel.isWritable {
            let channel = context.channel
            stall = context.eventLoop.scheduleTask(in: limits.writeStall) { channel.close(promise: nil) }
        }
        context.fireChannelWritabilityChanged()
    }

    private static func length(_ head: HTTPRequest) -> Int {
        head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
    }
}

@available(*, unavailable)
extension ConnectionHandler: Sendable {}
