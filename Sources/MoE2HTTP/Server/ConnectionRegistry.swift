import MoE2Loops
import NIOCore
import Synchronization

/// The open connections by channel: Hummingbird hands a request its channel, and this the rest.
final class ConnectionRegistry: Sendable {
    /// The process's only one: request contexts are made by Hummingbird and can be given nothing.
    static let shared = ConnectionRegistry()

    private let connections = Mutex<[ObjectIdentifier: Connection]>([:])

    /// The number of open connections.
    var count: Int { connections.withLock { $0.count } }

    func connection(of channel: any Channel) -> Connection? {
        connections.withLock { $0[ObjectIdentifier(channel)] }
    }

    /// - Parameter isPinned: Whether the connection's tasks run on its event loop.
    func open(_ channel: any Channel, isPinned: Bool) -> Connection {
        let connection = Connection(executor: isPinned ? EventLoopExecutor.of(channel.eventLoop) : nil)
        connections.withLock { $0[ObjectIdentifier(channel)] = connection }
        return connection
    }

    func close(_ channel: any Channel) {
        connections.withLock { $0.removeValue(forKey: ObjectIdentifier(channel)) }?.close()
    }
}
