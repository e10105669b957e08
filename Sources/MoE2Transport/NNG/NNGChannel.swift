import CNNG
import Logging
import MoE2Core
import Synchronization

/// Stays connected to one of several gates. A request that is not answered is sent again on the next connection.
final class NNGChannel: RequestChannel {
    /// How long a call waits for a connection before it fails with the cause.
    static let connectPatience = Duration.seconds(3)
    /// Without a connection for this long, the next address is tried.
    static let dialPatience = Duration.seconds(2)
    /// A call that got no reply in at least this time makes the connection suspect: a TLS peer may be dead unnoticed.
    static let silenceLimit = Duration.seconds(2)
    /// Exchanges at a time.
    static let maximumExchanges = 1024
    /// How often the gate hears of a caller that has nothing to say.
    static let signOfLife = Duration.seconds(20)
    /// The pauses before a connection is made again, at random up to these.
    private static let firstPause = Duration.milliseconds(100)
    private static let longestPause = Duration.seconds(5)

    private typealias Outcome = Result<[UInt8], StatusError>

    /// An exchange under way.
    private struct Exchange: Sendable {
        var request: [UInt8]
        var continuation: CheckedContinuation<Outcome, Never>
        var ticket: DeadlineQueue.Ticket?
    }

    private struct State {
        var connection: FrameConnection?
        var exchanges: [UInt64: Exchange] = [:]
        var lastExchange = Frame.noExchange
        var waiting: [UInt64: OneShot<Bool>] = [:]
        var nextWaiter: UInt64 = 0
        var lastReply = ContinuousClock.now
        var address = 0
        /// What the gate at the address said or did that ended the last connection before it was one.
        var refusal: String?
        var tls: ClientTLS?
        var isClosed = false
    }

    private let addresses: [GateAddress]
    private let logger: Logger
    private let deadlines = DeadlineQueue()
    private let state = Mutex(State())

    init(addresses: [GateAddress], tls: ClientTLS?, logger: Logger) throws(StatusError) {
        guard let first = addresses.first else { throw StatusError(.invalidArgument, "no gate address is given") }
        if first.isSecure { _ = try Dialing.configuration(for: first, tls) }
        self.addresses = addresses
        self.logger = logger
        state.withLock { $0.tls = tls }
        Task { await self.keepConnected() }
    }

    func exchange(_ request: [UInt8], timeout: Duration) async throws(StatusError) -> [UInt8] {
        let started = ContinuousClock.now
        guard await waitForConnection(min(timeout, Self.connectPatience)) else {
            if Task.isCancelled { throw Self.cancelled }
            throw StatusError(.unavailable, await outage())
        }
        let number = state.withLock { state in
            state.lastExchange += 1
            return state.lastExchange
        }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                begin(number, Exchange(request: request, continuation: continuation), started, timeout)
            }
        } onCancel: {
            end(number, .failure(Self.cancelled))
        }
        return try outcome.get()
    }

    func close() async {
        let (connection, numbers) = state.withLock { state in
            state.isClosed = true
            return (state.connection, Array(state.exchanges.keys))
        }
        connection?.close(ConnectionEnd(why: "the caller ends"))
        for number in numbers {
            end(number, .failure(StatusError(.unavailable, "the connection to the gate was closed")))
        }
    }

    /// Dials with `tls` from now on; a connection that is there stays.
    func reload(_ tls: ClientTLS) throws(StatusError) {
        _ = try TLSConfiguration(tls, host: addresses[state.withLock { $0.address }].host)
        state.withLock { $0.tls = tls }
    }

    // MARK: Exchanges

    private static let cancelled = StatusError(.cancelled, "the call was cancelled")

    private func begin(
        _ number: UInt64,
        _ exchange: Exchange,
        _ started: ContinuousClock.Instant,
        _ timeout: Duration
    ) {
        let (isTaken, connection) = state.withLock { state -> (Bool, FrameConnection?) in
            guard state.exchanges.count < Self.maximumExchanges else { return (false, nil) }
            state.exchanges[number] = exchange
            return (true, state.connection)
        }
        guard isTaken else {
            return exchange.continuation.resume(
                returning: .failure(
                    StatusError(.resourceExhausted, "more than \(Self.maximumExchanges) calls at a time")
                )
            )
        }
        let ticket = deadlines.schedule(after: started + timeout - .now) { [weak self] in
            self?.timedOut(number, started, timeout)
        }
        let isOver = state.withLock { state in
            state.exchanges[number]?.ticket = ticket
            return state.exchanges[number] == nil
        }
        if isOver { return deadlines.cancel(ticket) }
        // A cancel that came before the exchange was there did nothing.
        if Task.isCancelled { return end(number, .failure(Self.cancelled)) }
        connection?.send(number, exchange.request)
    }

    /// Ends an exchange; only the first end counts.
    private func end(_ number: UInt64, _ outcome: Outcome) {
        guard let exchange = state.withLock({ $0.exchanges.removeValue(forKey: number) }) else { return }
        if let ticket = exchange.ticket { deadlines.cancel(ticket) }
        exchange.continuation.resume(returning: outcome)
    }

    private func timedOut(_ number: UInt64, _ started: ContinuousClock.Instant, _ timeout: Duration) {
        end(number, .failure(StatusError(.deadlineExceeded, "the gate did not answer within \(timeout)")))
        // A connection on which nothing came back while a call waited is made anew.
        let silent = state.withLock { state in
            .now - started >= Self.silenceLimit && state.lastReply < started ? state.connection : nil
        }
        silent?.close(ConnectionEnd(why: "the gate is silent"))
    }

    // MARK: Connection

    /// Makes a connection whenever there is none.
    private func keepConnected() async {
        var pause = Self.firstPause
        var since = ContinuousClock.now
        while !state.withLock({ $0.isClosed }) {
            let began = ContinuousClock.now
            if await connect() {
                since = .now
                // One that ends at once, again and again, must not become a storm.
                if since - began > Self.longestPause { pause = Self.firstPause }
            }
            // Jitter, so that a fleet that lost its gate does not come back all at once.
            try? await Task.sleep(for: .milliseconds(clamping: .random(in: 0...pause.milliseconds)))
            pause = min(pause * 2, Self.longestPause)
            if addresses.count > 1, .now - since > Self.dialPatience + .milliseconds(.random(in: 0...500)) {
                dialNext()
                since = .now
            }
        }
    }

    /// Connects, and stays until the connection is over.
    /// - Returns: whether there was one.
    private func connect() async -> Bool {
        let (address, tls) = state.withLock { (addresses[$0.address], $0.tls) }
        let stream: Dialing.Stream
        do throws(StatusError) {
            stream = try await Dialing.stream(to: address, tls, within: Self.dialPatience)
        } catch {
            state.withLock { $0.refusal = nil }
            return false
        }
        let over = OneShot<Bool>()
        let owner = FrameConnection.Owner(
            opened: { [self] in opened($0) },
            received: { [self] in received($1, $2) },
            closed: { [self] in over.fulfil(closed($0, $1)) }
        )
        guard
            let connection = FrameConnection(stream.pointer, role: .caller, isSecure: address.isSecure, owner: owner)
        else { return false }
        connection.start()
        return await over.value()
    }

    private func dialNext() {
        let address = state.withLock { state in
            state.address = (state.address + 1) % addresses.count
            return addresses[state.address]
        }
        logger.info("trying another gate", metadata: ["address": "\(address.url)"])
    }

    private func opened(_ connection: FrameConnection) {
        let (isClosed, waiting, exchanges) = state.withLock { state in
            state.connection = connection
            state.refusal = nil
            state.lastReply = .now
            defer { state.waiting = [:] }
            return (state.isClosed, Array(state.waiting.values), state.exchanges.sorted { $0.key < $1.key })
        }
        if isClosed { return connection.close(ConnectionEnd(why: "the caller ends")) }
        for (number, exchange) in exchanges { connection.send(number, exchange.request) }
        for waiter in waiting { waiter.fulfil(true) }
        giveSignsOfLife(on: connection)
    }

    private func giveSignsOfLife(on connection: FrameConnection) {
        _ = deadlines.schedule(after: Self.signOfLife) { [weak self, weak connection] in
            guard let self, let connection, state.withLock({ $0.connection === connection }) else { return }
            connection.giveSignOfLife()
            giveSignsOfLife(on: connection)
        }
    }

    private func received(_ number: UInt64, _ reply: [UInt8]) {
        state.withLock { $0.lastReply = .now }
        end(number, .success(reply))
    }

    /// A connection is over.
    /// - Returns: whether it led to a gate.
    private func closed(_ connection: FrameConnection, _ end: ConnectionEnd) -> Bool {
        let (wasOpen, isClosed) = state.withLock { state in
            let wasOpen = state.connection === connection
            if wasOpen { state.connection = nil } else { state.refusal = end.why }
            return (wasOpen, state.isClosed)
        }
        if wasOpen, !isClosed {
            logger.info("the connection to the gate is made anew", metadata: ["why": "\(end.why)"])
        }
        return wasOpen
    }

    private func waitForConnection(_ patience: Duration) async -> Bool {
        let waiter = OneShot<Bool>()
        let id = state.withLock { state -> UInt64? in
            guard state.connection == nil else { return nil }
            state.nextWaiter += 1
            state.waiting[state.nextWaiter] = waiter
            return state.nextWaiter
        }
        guard let id else { return true }
        let ticket = deadlines.schedule(after: patience) { waiter.fulfil(false) }
        defer {
            deadlines.cancel(ticket)
            state.withLock { _ = $0.waiting.removeValue(forKey: id) }
        }
        return await withTaskCancellationHandler {
            await waiter.value()
        } onCancel: {
            waiter.fulfil(false)
        }
    }

    private func outage() async -> String {
        let (address, refusal) = state.withLock { (addresses[$0.address], $0.refusal) }
        let cause = await ConnectProbe.cause(address)
        let others = addresses.count > 1 ? " (nor any of the \(addresses.count - 1) other addresses)" : ""
        let said = refusal.map { " (it ended the last connection: \($0))" } ?? ""
        return "cannot reach the gate at \(address.url)\(others): \(cause)\(said)"
    }
}
