import CNNG
import Dispatch
import MoE2Core
import MoE2Wire
import Synchronization

/// One connection: sends and receives frames over an NNG stream.
///
/// What is to be sent while a write is under way, or while frames that came together are worked off, goes in one write: the
/// busier a connection is, the less a frame costs.
///
/// Lifecycle: make it, ``start()`` it. It lives until ``close(_:)`` or until the other side ends it, whoever still refers
/// to it, and then gives back what it holds of NNG.
final class FrameConnection: Sendable {
    /// Which end of the connection this is.
    enum Role: Sendable { case caller, server }

    /// What its owner does about it. Called on NNG's threads; frames one after the other.
    struct Owner: Sendable {
        /// The other side speaks the protocol.
        var opened: @Sendable (FrameConnection) -> Void
        /// A frame of an exchange came. A server answers it once.
        var received: @Sendable (FrameConnection, UInt64, [UInt8]) -> Void
        /// It is over. Called once.
        var closed: @Sendable (FrameConnection, ConnectionEnd) -> Void
    }

    /// How long the other side may take to say that it speaks the protocol.
    static let prefaceLimit = Duration.seconds(5)
    /// A write that gets nowhere for this long ends the connection.
    static let writeLimit = Duration.seconds(30)
    /// A server closes a connection over which nothing came for this long; a caller gives signs of life more often.
    static let silenceLimit = Duration.seconds(90)
    /// Requests of a connection that a server has not answered; it reads no more of them then. Parked polls count.
    static let unansweredLimit = 2048
    /// Bytes that wait to be written; nothing more is read then.
    static let highWater = 1 << 20
    /// Bytes that wait to be written; there is no room for more.
    static let waitingLimit = 64 << 20
    private static let readBytes = 64 << 10
    /// A write that follows the last one sooner than this is one of many: while NNG reports its end on another thread, others
    /// gather for the next one.
    private static let busyGap = Duration.microseconds(100)
    /// How long it takes until who speaks another version is cut off: it should read which one is spoken here.
    private static let farewell = DispatchTimeInterval.seconds(1)

    private struct State {
        var waiting = FrameBuffer()
        var writing = FrameBuffer()
        var written = 0
        var isWriting = false
        /// Whether writes follow each other so closely that it pays to gather them.
        var isBusy = false
        var isReading = false
        /// While frames that came together are worked off, what they are answered with is collected.
        var isCollecting = false
        var isOpen = false
        var isDeaf = false
        var isClosed = false
        /// Whether somebody is about to close the stream: it must not be freed meanwhile.
        var isClosing = false
        var isReleased = false
        var unanswered = 0
        var lastHeard = ContinuousClock.now
        var lastProgress = ContinuousClock.now

        var isFull: Bool {
            isDeaf || waiting.count > FrameConnection.highWater || unanswered >= FrameConnection.unansweredLimit
        }
    }

    /// What has become possible.
    private struct Duties {
        var write = false
        var read = false
    }

    private let role: Role
    private let owner: Owner
    private let state = Mutex(State())
    private let decoder = Mutex(FrameDecoder())
    nonisolated(unsafe) private let stream: OpaquePointer
    nonisolated(unsafe) private let input: UnsafeMutableRawPointer
    nonisolated(unsafe) private var reader: OpaquePointer?
    nonisolated(unsafe) private var writer: OpaquePointer?
    /// For writes that the kernel takes at once: it has no callback, so their end costs no change of threads. nil with TLS, which
    /// ends its writes on a thread of its own and must not be stopped in the middle of one.
    nonisolated(unsafe) private var immediateWriter: OpaquePointer?

    /// A connection over `stream`, which it owns from now on; nil when there is no memory.
    init?(_ stream: OpaquePointer, role: Role, isSecure: Bool, owner: Owner) {
        self.role = role
        self.owner = owner
        self.stream = stream
        input = .allocate(byteCount: Self.readBytes, alignment: 16)
        let pointer = Unmanaged.passRetained(self).toOpaque()
        let hasReader = nng_aio_alloc(&reader, { FrameConnection.from($0)?.hasRead() }, pointer) == 0
        let hasWriter = nng_aio_alloc(&writer, { FrameConnection.from($0)?.hasWritten() }, pointer) == 0
        let hasImmediateWriter = isSecure || nng_aio_alloc(&immediateWriter, nil, nil) == 0
        guard hasReader, hasWriter, hasImmediateWriter else {
            free()
            return nil
        }
    }

    private static func from(_ pointer: UnsafeMutableRawPointer?) -> FrameConnection? {
        pointer.map { Unmanaged<FrameConnection>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Begins to speak and to listen.
    func start() {
        let duties = state.withLock { state in
            state.waiting.appendPreface(version: Version.wireProtocol)
            return nextDuties(&state)
        }
        perform(duties)
    }

    // MARK: Sending

    /// Sends a frame.
    /// - Returns: whether there is room for it; not once the connection is closed.
    @discardableResult
    func send(_ exchange: UInt64, _ body: [UInt8]) -> Bool { send(exchange, body, answers: 0) }

    /// Sends the reply of an exchange. A peer that reads none of its replies loses the connection in the end.
    func answer(_ exchange: UInt64, _ body: [UInt8]) {
        if !send(exchange, body, answers: 1) {
            close(ConnectionEnd(why: "the other side does not read its replies"))
        }
    }

    private func send(_ exchange: UInt64, _ body: [UInt8], answers: Int) -> Bool {
        let (isTaken, duties) = state.withLock { state in
            state.unanswered -= answers
            guard !state.isClosed, state.waiting.count + body.count <= Self.waitingLimit else {
                return (false, Duties())
            }
            state.waiting.append(exchange: exchange, body)
            return (true, nextDuties(&state))
        }
        perform(duties)
        return isTaken
    }

    /// What lets the other side know that this one is there.
    func giveSignOfLife() { send(Frame.noExchange, []) }

    // MARK: Its end

    /// Ends it, unless it is over.
    func close(_ end: ConnectionEnd) {
        let isFirst = state.withLock { state in
            guard !state.isClosed else { return false }
            state.isClosed = true
            state.isClosing = true
            return true
        }
        guard isFirst else { return }
        nng_stream_close(stream)
        owner.closed(self, end)
        state.withLock { $0.isClosing = false }
        release()
    }

    /// Ends it when the other side is silent, or reads nothing. To be called every second or so.
    func tick(_ now: ContinuousClock.Instant) {
        let why = state.withLock { state -> String? in
            if state.isWriting, now - state.lastProgress > Self.writeLimit { return "the other side reads nothing" }
            return now - state.lastHeard > Self.silenceLimit ? "the other side is silent" : nil
        }
        if let why { close(ConnectionEnd(why: why)) }
    }

    /// The other end's address, and whether it proved by a certificate of the fleet who it is. Only to be asked for on the
    /// owner's calls.
    func remote() -> (address: String, isVerified: Bool) {
        var isVerified = false
        nng_stream_get_bool(stream, NNG_OPT_TLS_VERIFIED, &isVerified)
        var address = nng_sockaddr()
        let isKnown = nng_stream_get_addr(stream, NNG_OPT_REMADDR, &address) == 0
        return (isKnown ? PeerAddress.text(address) : "unknown", isVerified)
    }

    private func release() {
        let isOver = state.withLock { state in
            guard state.isClosed, !state.isClosing, !state.isReading, !state.isWriting, !state.isReleased else {
                return false
            }
            state.isReleased = true
            return true
        }
        // Not on this thread: freeing waits for callbacks, and this may be one.
        if isOver { DispatchQueue.global().async { self.free() } }
    }

    private func free() {
        nng_aio_free(reader)
        nng_aio_free(writer)
        nng_aio_free(immediateWriter)
        nng_stream_free(stream)
        input.deallocate()
        Unmanaged.passUnretained(self).release()
    }

    // MARK: NNG

    /// What is to be done now. The lock is held; whoever gets a duty does it.
    private func nextDuties(_ state: inout State) -> Duties {
        var duties = Duties()
        guard !state.isClosed else { return duties }
        if !state.isWriting, !state.isCollecting, state.waiting.count > 0 {
            swap(&state.waiting, &state.writing)
            state.written = 0
            state.isWriting = true
            let time = ContinuousClock.now
            state.isBusy = time - state.lastProgress < Self.busyGap
            state.lastProgress = time
            duties.write = true
        }
        if !state.isReading, !state.isFull {
            state.isReading = true
            duties.read = true
        }
        return duties
    }

    private func perform(_ duties: Duties) {
        if duties.write { write() }
        if duties.read { read() }
    }

    /// Writes what is to be written, until the kernel takes no more for now: what is left, NNG writes when it does.
    private func write() {
        var duties = Duties(write: true)
        while duties.write {
            // The buffer stays as it is until this write has ended.
            let (address, count, isBusy) = state.withLock { state in
                let bytes = state.writing.bytes(from: state.written)
                return (UInt(bitPattern: bytes.baseAddress), bytes.count, state.isBusy)
            }
            var vector = nng_iov(iov_buf: UnsafeMutableRawPointer(bitPattern: address), iov_len: count)
            guard !isBusy, let (result, written) = writeAtOnce(&vector) else {
                nng_aio_set_iov(writer, 1, &vector)
                nng_stream_send(stream, writer)
                break
            }
            let next = wrote(result, written)
            duties.write = next.write
            duties.read = duties.read || next.read
        }
        if duties.read { read() }
        release()
    }

    /// Writes what the kernel takes at once.
    /// - Returns: NNG's result and how many bytes went; nil when none do for now, or never do.
    private func writeAtOnce(_ vector: inout nng_iov) -> (result: Int32, count: Int)? {
        guard let immediateWriter else { return nil }
        nng_aio_set_iov(immediateWriter, 1, &vector)
        nng_stream_send(stream, immediateWriter)
        // Until it has ended, there is neither a count nor an error.
        if nng_aio_result(immediateWriter) == 0, nng_aio_count(immediateWriter) == 0 { nng_aio_cancel(immediateWriter) }
        nng_aio_wait(immediateWriter)
        let (result, count) = (nng_aio_result(immediateWriter), nng_aio_count(immediateWriter))
        return NNGFailure(code: result) == NNG_ECANCELED ? nil : (result, count)
    }

    private func hasWritten() {
        perform(wrote(nng_aio_result(writer), nng_aio_count(writer)))
        release()
    }

    /// Notes the end of a write.
    private func wrote(_ result: Int32, _ count: Int) -> Duties {
        let duties = state.withLock { state in
            state.lastProgress = .now
            state.written += count
            if result == 0, !state.isClosed, state.written < state.writing.count { return Duties(write: true) }
            state.writing.removeAll()
            state.isWriting = false
            return result == 0 ? nextDuties(&state) : Duties()
        }
        if result != 0 { close(ConnectionEnd(why: NNGFailure(code: result).text)) }
        return duties
    }

    private func read() {
        var vector = nng_iov(iov_buf: input, iov_len: Self.readBytes)
        nng_aio_set_iov(reader, 1, &vector)
        nng_aio_set_timeout(
            reader,
            state.withLock { $0.isOpen } ? NNG_DURATION_INFINITE : nng_duration(Self.prefaceLimit.milliseconds)
        )
        nng_stream_recv(stream, reader)
    }

    private func hasRead() {
        let result = nng_aio_result(reader)
        if result == 0 {
            state.withLock { state in
                state.isCollecting = true
                state.lastHeard = .now
            }
            take(UnsafeRawBufferPointer(start: input, count: nng_aio_count(reader)))
        } else {
            close(ConnectionEnd(why: NNGFailure(code: result).text))
        }
        let duties = state.withLock { state in
            state.isCollecting = false
            state.isReading = false
            return nextDuties(&state)
        }
        perform(duties)
        release()
    }

    private func take(_ bytes: UnsafeRawBufferPointer) {
        let elements: [FrameDecoder.Element]
        do throws(WireError) {
            elements = try decoder.withLock { decoder throws(WireError) in try decoder.take(bytes) }
        } catch {
            return close(ConnectionEnd(why: error.message, isMalformed: true))
        }
        for element in elements {
            switch element {
            case .preface(let version): open(version)
            case .frame(let exchange, let body):
                if role == .server { state.withLock { $0.unanswered += 1 } }
                owner.received(self, exchange, body)
            }
        }
    }

    private func open(_ version: UInt32) {
        guard version == Version.wireProtocol else {
            state.withLock { $0.isDeaf = true }
            let end = ConnectionEnd(
                why: """
                    this side speaks version \(Version.wireProtocol) of the protocol, the other side \(version): update \
                    the older one
                    """,
                isMalformed: true
            )
            return DispatchQueue.global().asyncAfter(deadline: .now() + Self.farewell) { self.close(end) }
        }
        state.withLock { $0.isOpen = true }
        owner.opened(self)
    }
}
