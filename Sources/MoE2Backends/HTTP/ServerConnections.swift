import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// The process's connections to model servers: makes them and keeps those that are not used at present for a while. There is
/// no limit to their number: an expert's slots are one.
final class ServerConnections: Sendable {
    /// How long a server may take to accept a connection.
    static let connectTimeout = TimeAmount.seconds(5)
    /// How long a connection is kept for the next request: less than servers keep it, uvicorn's 5 s for instance.
    static let idleTimeout = TimeAmount.seconds(4)

    /// The process's only ones.
    static let shared = ServerConnections(ModelServerLoop.executor.eventLoop)

    private struct Kept {
        var connection: ServerConnection
        var since: NIODeadline

        /// Whether it can be used, and has not waited too long.
        func isFresh(at now: NIODeadline) -> Bool {
            connection.isUsable && now - since < ServerConnections.idleTimeout
        }
    }

    private struct State {
        /// The one used last is the last.
        var kept: [ServerAddress: [Kept]] = [:]
        var isSweeping = false
    }

    private let eventLoop: any EventLoop
    private let state = Mutex(State())
    /// Made when the first secure server is asked: it reads the system's certificates.
    private let tls = Mutex<NIOSSLContext?>(nil)

    private init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// A connection that was used before, the one used last; nil when there is none.
    func kept(to address: ServerAddress) -> ServerConnection? {
        while let kept = state.withLock({ $0.kept[address]?.popLast() }) {
            if kept.isFresh(at: .now()) { return kept.connection }
            kept.connection.close(ConnectionFailure.closed)
        }
        return nil
    }

    /// A new connection; what it is asked goes as soon as it is there.
    /// - Throws: why the system's certificates cannot be read.
    func new(to address: ServerAddress) throws -> ServerConnection {
        let tls = address.isSecure ? try tlsContext() : nil
        let connection = ServerConnection(address) { [weak self] in self?.keep($0) }
        let numeric = try? SocketAddress(ipAddress: address.host, port: address.port)
        // The name of the server goes into the handshake, unless it is an address.
        let name = numeric == nil ? address.host : nil
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(Self.connectTimeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: name)) }
                    try pipeline.addHandlers(
                        HTTPRequestEncoder(),
                        ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes)),
                        connection
                    )
                }
            }
        // Without a detour through the resolver where there is nothing to resolve.
        let connecting =
            if let numeric {
                bootstrap.connect(to: numeric)
            } else {
                bootstrap.connect(host: address.host, port: address.port)
            }
        connecting.whenFailure { connection.close($0) }
        return connection
    }

    private func tlsContext() throws -> NIOSSLContext {
        try tls.withLock { context in
            if let context { return context }
            let made = try NIOSSLContext(configuration: .makeClientConfiguration())
            context = made
            return made
        }
    }

    private func keep(_ connection: ServerConnection) {
        let startsSweeping = state.withLock { state in
            state.kept[connection.address, default: []].append(Kept(connection: connection, since: .now()))
            defer { state.isSweeping = true }
            return !state.isSweeping
        }
        if startsSweeping { sweepLater() }
    }

    private func sweepLater() {
        eventLoop.scheduleTask(in: Self.idleTimeout) { [weak self] in self?.sweep() }
    }

    /// Closes the connections that nobody has used for long.
    private func sweep() {
        let now = NIODeadline.now()
        let (old, goesOn) = state.withLock { state -> ([Kept], Bool) in
            var old: [Kept] = []
            for (address, kept) in state.kept {
                var fresh: [Kept] = []
                for one in kept { if one.isFresh(at: now) { fresh.append(one) } else { old.append(one) } }
                state.kept[address] = fresh.isEmpty ? nil : fresh
            }
            state.isSweeping = !state.kept.isEmpty
            return (old, state.isSweeping)
        }
        for kept in old { kept.connection.close(ConnectionFailure.closed) }
        if goesOn { sweepLater() }
    }
}
