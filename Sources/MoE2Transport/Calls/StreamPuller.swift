import MoE2Core
import MoE2Wire

/// Pulls a stream's messages, a batch an exchange: what was received is acknowledged by asking for what comes next, so an
/// exchange that failed can be done again.
actor StreamPuller {
    typealias Exchange = @Sendable (Envelope, Duration) async throws(StatusError) -> Envelope

    /// Messages asked for at a time.
    private static let credits: UInt32 = 64
    /// The longest the other side may take to say that there is nothing yet; it says so after half of that.
    private static let exchangeTimeout = Duration.seconds(30)

    private let name: String
    private let opening: Envelope
    private let deadline: ContinuousClock.Instant
    private let farewells: Farewells
    private let exchange: Exchange
    private var isOpen = false
    private var isOver = false
    private var received: UInt32 = 0
    private var batch: ArraySlice<[UInt8]> = []
    private var failure: StatusError?

    init(
        name: String,
        opening: Envelope,
        deadline: ContinuousClock.Instant,
        farewells: Farewells,
        exchange: @escaping Exchange
    ) {
        self.name = name
        self.opening = opening
        self.deadline = deadline
        self.farewells = farewells
        self.exchange = exchange
    }

    /// The next message; nil at the end.
    func next() async throws(StatusError) -> [UInt8]? {
        while batch.isEmpty {
            if let failure {
                self.failure = nil
                throw failure
            }
            guard !isOver else { return nil }
            do {
                try await pull()
            } catch {
                isOver = true
                if error.code == .cancelled || error.code == .deadlineExceeded { abandon() }
                throw error
            }
        }
        return batch.removeFirst()
    }

    /// Tells the other side that nobody reads on. Does not wait.
    nonisolated func abandon() {
        farewells.say { await self.cancel() }
    }

    private func cancel() async {
        guard isOpen else { return }
        isOpen = false
        isOver = true
        let envelope = Envelope(kind: .cancel, epoch: opening.epoch, streamID: opening.streamID)
        _ = try? await exchange(envelope, .seconds(5))
    }

    private func pull() async throws(StatusError) {
        let timeLeft = deadline - ContinuousClock.now
        guard timeLeft > .zero else { throw StatusError(.deadlineExceeded, "\(name): the time allowed ran out") }
        var envelope = opening
        if isOpen {
            envelope = Envelope(kind: .next, epoch: opening.epoch, streamID: opening.streamID)
            envelope.sequence = received
        }
        envelope.timeLeft = timeLeft
        envelope.credits = Self.credits
        let wasOpen = isOpen
        isOpen = true
        let reply: Envelope
        do {
            reply = try await exchange(envelope, min(timeLeft, Self.exchangeTimeout))
        } catch {
            // Only the transport's own time ran out: ask again.
            if error.code == .deadlineExceeded, ContinuousClock.now < deadline { return }
            if error.code == .unavailable, !wasOpen { isOpen = false }
            throw error
        }
        guard reply.messages.isEmpty || reply.sequence == received else {
            throw StatusError(.dataLoss, "\(name): message \(received) was expected, \(reply.sequence) came")
        }
        received += UInt32(reply.messages.count)
        batch = reply.messages[...]
        if reply.endOfStream {
            isOver = true
            isOpen = false
            failure = reply.status.flatMap { $0.code == .ok ? nil : $0 }
        }
    }
}
