import MoE2Core
import MoE2Wire
import Synchronization

/// Calls and streams over a ``RequestChannel``.
final class CallClient<Channel: RequestChannel>: Caller {
    /// How long it is tried to tell that a call was given up; its deadline ends it otherwise.
    private static var cancelTimeout: Duration { .seconds(5) }
    /// How long the end of the connection waits for that.
    private static var farewellLimit: Duration { .seconds(1) }

    private let channel: Channel
    private let authorization: String
    private let epoch: UInt64
    private let nextID = Atomic<UInt64>(1)
    private let farewells = Farewells()

    init(channel: Channel, authorization: String?, epoch: UInt64 = .random(in: 1...UInt64.max)) {
        self.channel = channel
        self.authorization = authorization ?? ""
        self.epoch = epoch
    }

    func call<Request, Reply>(
        _ method: UnaryMethod<Request, Reply>,
        _ request: Request,
        timeout: Duration
    ) async throws(StatusError) -> Reply {
        var envelope = open(method.name, request.encoded(), timeout: timeout)
        envelope.credits = 1
        let reply: Envelope
        do {
            reply = try await exchange(envelope, timeout: timeout)
        } catch {
            if error.code == .cancelled { giveUp(envelope) }
            throw error
        }
        guard let message = reply.messages.first else {
            throw reply.status ?? StatusError(.internal, "\(method.name): the reply is empty")
        }
        return try Self.decode(message, method.name)
    }

    func stream<Request, Element>(
        _ method: StreamingMethod<Request, Element>,
        _ request: Request,
        timeout: Duration
    ) -> ReplyStream<Element> {
        ReplyStream(
            StreamPuller(
                name: method.name,
                opening: open(method.name, request.encoded(), timeout: timeout),
                deadline: ContinuousClock.now + timeout,
                farewells: farewells
            ) { envelope, timeout throws(StatusError) in try await self.exchange(envelope, timeout: timeout) }
        )
    }

    func close() async {
        await farewells.wait(atMost: Self.farewellLimit)
        await channel.close()
    }

    private func open(_ method: String, _ message: [UInt8], timeout: Duration) -> Envelope {
        let id = nextID.wrappingAdd(1, ordering: .relaxed).oldValue
        var envelope = Envelope(kind: .call, epoch: epoch, streamID: id)
        envelope.method = method
        envelope.timeLeft = timeout
        envelope.messages = [message]
        envelope.authorization = authorization
        return envelope
    }

    /// Tells the other side that nobody waits for the reply any more. Does not wait.
    private func giveUp(_ call: Envelope) {
        let envelope = Envelope(kind: .cancel, epoch: call.epoch, streamID: call.streamID)
        farewells.say { _ = try? await self.exchange(envelope, timeout: Self.cancelTimeout) }
    }

    private func exchange(_ envelope: Envelope, timeout: Duration) async throws(StatusError) -> Envelope {
        let bytes = envelope.encoded()
        guard bytes.count <= WireLimits.envelopeBytes else {
            throw StatusError(
                .outOfRange,
                "the request has \(bytes.count) bytes; at most \(WireLimits.envelopeBytes) are allowed: shorten it"
            )
        }
        let answer = try await channel.exchange(bytes, timeout: timeout)
        let reply: Envelope
        do {
            reply = try Envelope(decoding: answer)
        } catch {
            throw StatusError(.dataLoss, "the reply is damaged: \(error.message)")
        }
        guard reply.streamID == envelope.streamID, reply.epoch == envelope.epoch else {
            throw StatusError(.internal, "the reply belongs to another call")
        }
        if let status = reply.status, status.code != .ok, reply.messages.isEmpty { throw status }
        return reply
    }

    static func decode<Message: WireMessage>(_ bytes: [UInt8], _ name: String) throws(StatusError) -> Message {
        do {
            return try Message(decoding: bytes)
        } catch {
            throw StatusError(.dataLoss, "\(name): the reply is damaged: \(error.message)")
        }
    }
}
