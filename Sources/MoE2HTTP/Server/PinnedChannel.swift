import HummingbirdCore
import Logging
import NIOCore

/// Serves HTTP/1.1 connections, each by a task on its event loop.
struct PinnedChannel: ServerChildChannel {
    private let base: HTTP1Channel

    init(_ base: HTTP1Channel) { self.base = base }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        base.setup(channel: channel, logger: logger)
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        let executor = ConnectionRegistry.shared.connection(of: value.channel)?.executor
        await withTaskExecutorPreference(executor) { await base.handle(value: value, logger: logger) }
    }
}
