public import Logging
import MoE2Core
import MoE2Wire
import Synchronization

/// The protocol without a network, for tests: callers and a router in one process, with faults on demand.
public final class InMemoryTransport: Sendable {
    /// What may go wrong on the way, each with a probability of 0 to 1.
    public struct Faults: Sendable {
        /// A request is delivered twice.
        public var duplication = 0.0
        /// A request or its reply is lost and sent again.
        public var loss = 0.0
        /// No faults.
        public init(duplication: Double = 0, loss: Double = 0) {
            self.duplication = duplication
            self.loss = loss
        }
    }

    private let server: CallServer
    private let faults: Faults
    private let random: @Sendable () -> Double
    private let peers = Atomic<UInt64>(0)

    /// A transport to the methods of `router`. `random` yields numbers of 0..<1 that decide on faults.
    public init(
        router: Router,
        faults: Faults = Faults(),
        logger: Logger,
        random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) {
        server = CallServer(router: router, logger: logger)
        self.faults = faults
        self.random = random
    }

    /// A new caller with a connection of its own.
    public func caller(authorization: String? = nil) -> any Caller {
        let id = peers.wrappingAdd(1, ordering: .relaxed).newValue
        return CallClient(
            channel: MemoryChannel(
                server: server,
                peer: Peer(id: id, address: "memory:\(id)", isVerified: false),
                faults: faults,
                random: random
            ),
            authorization: authorization
        )
    }
}
