import Logging
import MoE2Core
import MoE2Testing
import MoE2Wire
import Synchronization
import Testing

@testable import MoE2Transport

/// The behaviour of calls and streams, the same over every transport.
@Suite(.timeLimit(.minutes(1))) struct CallTests {
    /// The transports that the suite runs over.
    enum Kind: String, CaseIterable, Sendable {
        case memory, nng

        func caller(to router: Router) throws -> any Caller {
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            switch self {
            case .memory: return InMemoryTransport(router: router, logger: logger).caller()
            case .nng:
                let listener = try NNGListener(
                    address: "tcp://127.0.0.1:0",
                    tls: nil,
                    router: router,
                    logger: logger
                )
                Task { try await listener.run() }
                return try NNGCaller(addresses: ["tcp://127.0.0.1:\(listener.port)"], logger: logger)
            }
        }
    }

    private func drainRequest(_ name: String = "orin-1") -> DrainRequest {
        DrainRequest(host: HostID(rawValue: name)!, drain: true)
    }

    private func query() -> Query { Query(id: .random(), messages: [Message(role: .user, content: "2+2")]) }

    private func text(_ number: Int) -> QueryEvent {
        .text(ShardChunk(sequence: UInt32(number), text: "\(number)", tokens: 1))
    }

    @Test(arguments: Kind.allCases) func aCallIsAnswered(kind: Kind) async throws {
        let router = Router()
        router.register(FleetMethods.drain) { request, _ in DrainReply(activeShards: request.host.rawValue.count) }
        let caller = try kind.caller(to: router)
        let reply = try await caller.call(FleetMethods.drain, drainRequest(), timeout: .seconds(40))
        #expect(reply.activeShards == 6)
    }

    @Test(arguments: Kind.allCases) func errorsCrossTheWire(kind: Kind) async throws {
        let router = Router()
        let error = StatusError(
            .resourceExhausted,
            "no team fits",
            smallestEnergy: .joules(2),
            smallestLatency: .milliseconds(30)
        )
        router.register(FleetMethods.drain) { _, _ in throw error }
        let caller = try kind.caller(to: router)
        await #expect(throws: error) {
            try await caller.call(FleetMethods.drain, drainRequest(), timeout: .seconds(40))
        }
    }

    @Test(arguments: Kind.allCases) func unknownMethodsAreRefused(kind: Kind) async throws {
        let caller = try kind.caller(to: Router())
        await #expect {
            try await caller.call(FleetMethods.drain, drainRequest(), timeout: .seconds(40))
        } throws: { ($0 as? StatusError)?.code == .unimplemented }
    }

    @Test(arguments: Kind.allCases) func callsAtTheSameTimeDoNotMix(kind: Kind) async throws {
        let router = Router()
        router.register(FleetMethods.drain) { request, _ in
            await Task.yield()
            return DrainReply(activeShards: Int(request.host.rawValue.dropFirst(5))!)
        }
        let caller = try kind.caller(to: router)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<200 {
                group.addTask {
                    let reply = try await caller.call(
                        FleetMethods.drain,
                        drainRequest("host-\(number)"),
                        timeout: .seconds(20)
                    )
                    #expect(reply.activeShards == number)
                }
            }
            try await group.waitForAll()
        }
    }

    /// A gate serves far more calls in a minute than it could remember.
    @Test func endedCallsDoNotUseUpTheRoomOfNewOnes() async throws {
        let router = Router()
        router.register(FleetMethods.drain) { _, _ in DrainReply(activeShards: 1) }
        let caller = try Kind.memory.caller(to: router)
        for _ in 0..<CallServer.maximumCalls + 100 {
            _ = try await caller.call(FleetMethods.drain, drainRequest(), timeout: .seconds(40))
        }
    }

    @Test(arguments: Kind.allCases) func aStreamArrivesWholeAndInOrder(kind: Kind) async throws {
        let router = Router()
        router.register(QueryMethods.ask) { _, _, writer in
            for number in 0..<10_000 { try await writer.write(text(number)) }
        }
        let caller = try kind.caller(to: router)
        var expected = 0
        for try await event in caller.stream(QueryMethods.ask, query(), timeout: .seconds(50)) {
            #expect(event == text(expected))
            expected += 1
        }
        #expect(expected == 10_000)
    }

    @Test(arguments: Kind.allCases) func aStreamsErrorComesAfterItsMessages(kind: Kind) async throws {
        let router = Router()
        router.register(QueryMethods.ask) { _, _, writer in
            for number in 0..<3 { try await writer.write(text(number)) }
            throw StatusError(.unavailable, "the fleet is gone")
        }
        let caller = try kind.caller(to: router)
        var count = 0
        await #expect(throws: StatusError(.unavailable, "the fleet is gone")) {
            for try await _ in caller.stream(QueryMethods.ask, query(), timeout: .seconds(40)) { count += 1 }
        }
        #expect(count == 3)
    }

    /// A reader that stops reading stops the writer: no more than the buffer is ever produced ahead of it.
    @Test(arguments: Kind.allCases) func aSlowReaderHoldsTheWriterBack(kind: Kind) async throws {
        let written = Atomic<Int>(0)
        let router = Router()
        router.register(QueryMethods.ask) { _, _, writer in
            for number in 0..<5_000 {
                try await writer.write(text(number))
                written.wrappingAdd(1, ordering: .relaxed)
            }
        }
        let caller = try kind.caller(to: router)
        var read = 0
        for try await _ in caller.stream(QueryMethods.ask, query(), timeout: .seconds(50)) {
            read += 1
            #expect(written.load(ordering: .relaxed) - read <= StreamBuffer.capacity + 256)
        }
        #expect(read == 5_000)
    }

    @Test(arguments: Kind.allCases) func leavingAStreamCancelsItsHandler(kind: Kind) async throws {
        let router = Router()
        let (ended, end) = AsyncStream<Void>.makeStream()
        router.register(QueryMethods.ask) { _, _, writer in
            try await writer.write(text(0))
            try? await Task.sleep(for: .seconds(3600))
            if Task.isCancelled { end.yield() }
        }
        let caller = try kind.caller(to: router)
        for try await _ in caller.stream(QueryMethods.ask, query(), timeout: .seconds(30)) { break }
        for await _ in ended { break }
    }

    @Test(arguments: Kind.allCases) func cancellingATaskCancelsItsStream(kind: Kind) async throws {
        let router = Router()
        let (ended, end) = AsyncStream<Void>.makeStream()
        let (started, start) = AsyncStream<Void>.makeStream()
        router.register(QueryMethods.ask) { _, _, _ in
            start.yield()
            try? await Task.sleep(for: .seconds(3600))
            if Task.isCancelled { end.yield() }
        }
        let caller = try kind.caller(to: router)
        let reader = Task {
            for try await _ in caller.stream(QueryMethods.ask, query(), timeout: .seconds(30)) {}
        }
        for await _ in started { break }
        reader.cancel()
        await #expect(throws: (any Error).self) { try await reader.value }
        for await _ in ended { break }
    }

    @Test(arguments: Kind.allCases) func cancellingATaskCancelsItsCall(kind: Kind) async throws {
        let router = Router()
        let (ended, end) = AsyncStream<Void>.makeStream()
        let (started, start) = AsyncStream<Void>.makeStream()
        router.register(FleetMethods.drain) { _, _ in
            start.yield()
            try? await Task.sleep(for: .seconds(3600))
            if Task.isCancelled { end.yield() }
            return DrainReply(activeShards: 0)
        }
        let caller = try kind.caller(to: router)
        let call = Task { try await caller.call(FleetMethods.drain, drainRequest(), timeout: .seconds(3600)) }
        for await _ in started { break }
        call.cancel()
        await #expect(throws: StatusError.self) { try await call.value }
        for await _ in ended { break }
    }

    /// A client that is interrupted ends at once, but not before the gate has heard that nobody waits any more.
    @Test(arguments: Kind.allCases) func closingWaitsUntilTheOtherSideHasHeardOfWhatWasGivenUp(kind: Kind) async throws
    {
        let router = Router()
        let cancelled = Atomic<Int>(0)
        let (started, start) = AsyncStream<Void>.makeStream()
        router.register(quick: FleetMethods.drain) { _, _, responder in
            responder.onCancel { cancelled.add(1, ordering: .relaxed) }
            start.yield()
        }
        let caller = try kind.caller(to: router)
        let call = Task { try await caller.call(FleetMethods.drain, drainRequest(), timeout: .seconds(3600)) }
        for await _ in started { break }
        call.cancel()
        await #expect(throws: StatusError.self) { try await call.value }
        await caller.close()
        #expect(cancelled.load(ordering: .relaxed) == 1)
    }

    @Test(arguments: Kind.allCases) func aQuickMethodRepliesAtOnceOrLater(kind: Kind) async throws {
        let router = Router()
        let parked = Mutex<Responder<DrainReply>?>(nil)
        router.register(quick: FleetMethods.drain) { request, _, responder in
            guard request.host.rawValue == "later" else { return responder.reply(DrainReply(activeShards: 1)) }
            parked.withLock { $0 = responder }
        }
        let caller = try kind.caller(to: router)
        let later = Task { try await caller.call(FleetMethods.drain, drainRequest("later"), timeout: .seconds(30)) }
        #expect(try await caller.call(FleetMethods.drain, drainRequest(), timeout: .seconds(40)).activeShards == 1)
        try await eventually("the call is parked") { parked.withLock { $0 != nil } }
        parked.withLock { $0 }?.reply(DrainReply(activeShards: 2))
        parked.withLock { $0 }?.fail(StatusError(.internal, "only the first reply counts"))
        #expect(try await later.value.activeShards == 2)
    }

    @Test(arguments: Kind.allCases) func aQuickMethodHearsThatItsCallerGaveUp(kind: Kind) async throws {
        let router = Router()
        let (ended, end) = AsyncStream<Void>.makeStream()
        let (started, start) = AsyncStream<Void>.makeStream()
        router.register(quick: FleetMethods.drain) { _, _, responder in
            responder.onCancel { end.yield() }
            start.yield()
        }
        let caller = try kind.caller(to: router)
        let call = Task { try await caller.call(FleetMethods.drain, drainRequest(), timeout: .seconds(3600)) }
        for await _ in started { break }
        call.cancel()
        await #expect(throws: StatusError.self) { try await call.value }
        for await _ in ended { break }
    }

    /// The call may be overtaken by its own cancellation: it is not done then.
    @Test func aCallThatWasCancelledBeforeItCameIsNotDone() async throws {
        let router = Router()
        let calls = Atomic<Int>(0)
        router.register(quick: FleetMethods.drain) { _, _, responder in
            calls.add(1, ordering: .relaxed)
            responder.reply(DrainReply(activeShards: 1))
        }
        let server = CallServer(router: router, logger: Logger(label: "test"))
        let peer = Peer(id: 1, address: "test", isVerified: false)
        var call = Envelope(kind: .call, epoch: 1, streamID: 7)
        call.method = FleetMethods.drain.name
        call.messages = [drainRequest().encoded()]
        let replies = Mutex<[Envelope]>([])
        for envelope in [Envelope(kind: .cancel, epoch: 1, streamID: 7), call] {
            server.handle(envelope.encoded(), from: peer) { reaction in
                guard case .reply(let bytes) = reaction, let reply = try? Envelope(decoding: bytes) else { return }
                replies.withLock { $0.append(reply) }
            }
        }
        #expect(replies.withLock { $0.last?.status?.code } == .cancelled)
        #expect(calls.load(ordering: .relaxed) == 0)
    }

    @Test func aMessageThatIsTheLastEndsItsStreamInTheSameExchange() async throws {
        let buffer = StreamBuffer()
        let batches = Mutex<[StreamBuffer.Batch]>([])
        buffer.pull(from: 0, credits: 8) { result in
            if case .success(let batch) = result { batches.withLock { $0.append(batch) } }
        }
        try await buffer.append([1], isLast: true)
        #expect(batches.withLock { $0.map(\.messages) } == [[[1]]])
        #expect(batches.withLock { $0.first?.end != nil })
    }

    @Test(arguments: Kind.allCases) func deadlinesTravelAndEndTheCall(kind: Kind) async throws {
        let router = Router()
        let seen = Mutex<Duration?>(nil)
        router.register(FleetMethods.drain) { _, context in
            seen.withLock { $0 = context.timeLeft }
            try await Task.sleep(for: .seconds(3600))
            return DrainReply(activeShards: 0)
        }
        let caller = try kind.caller(to: router)
        // Not before there is a connection: a machine under load may take longer for that than the deadline.
        await #expect(throws: (any Error).self) {
            try await caller.call(FleetMethods.snapshot, FleetRequest(), timeout: .seconds(50))
        }
        await #expect {
            try await caller.call(FleetMethods.drain, drainRequest(), timeout: .seconds(6))
        } throws: { ($0 as? StatusError)?.code == .deadlineExceeded }
        let timeLeft = try #require(seen.withLock { $0 })
        #expect(timeLeft <= .seconds(6))
    }

    /// Requests that are lost and sent again, or delivered twice, are done once, and a stream stays whole.
    @Test(arguments: 0..<20) func whatArrivesTwiceIsDoneOnce(seed: Int) async throws {
        let random = Mutex(UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1)
        let calls = Atomic<Int>(0)
        let router = Router()
        router.register(FleetMethods.drain) { _, _ in
            DrainReply(activeShards: calls.wrappingAdd(1, ordering: .relaxed).newValue)
        }
        router.register(QueryMethods.ask) { _, _, writer in
            for number in 0..<300 { try await writer.write(text(number)) }
        }
        let transport = InMemoryTransport(
            router: router,
            faults: .init(duplication: 0.3, loss: 0.3),
            logger: Logger(label: "test")
        ) {
            random.withLock { state in
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                return Double(state >> 11) / Double(1 << 53)
            }
        }
        let caller = transport.caller()
        for number in 1...20 {
            let reply = try await caller.call(FleetMethods.drain, drainRequest(), timeout: .seconds(40))
            #expect(reply.activeShards == number, "seed \(seed)")
        }
        var expected = 0
        for try await event in caller.stream(QueryMethods.ask, query(), timeout: .seconds(30)) {
            #expect(event == text(expected), "seed \(seed)")
            expected += 1
        }
        #expect(expected == 300, "seed \(seed)")
    }

    @Test func anUnreachableGateIsNamedWithTheCause() async throws {
        let caller = try NNGCaller(addresses: ["tcp://127.0.0.1:1"], logger: Logger(label: "test"))
        await #expect {
            try await caller.call(FleetMethods.drain, drainRequest(), timeout: .seconds(1))
        } throws: { error in
            (error as? StatusError)?.code == .unavailable
                && (error as? StatusError)?.message.contains("connection refused") == true
        }
    }
}
