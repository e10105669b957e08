/// Frames that wait to be written, in memory whose address stays while NNG reads it. Its connection's lock guards it.
final class FrameBuffer: @unchecked Sendable {
    /// Memory that is kept for the next frames.
    private static let spareBytes = 256 << 10

    private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    /// Bytes that wait.
    private(set) var count = 0

    deinit { memory.deallocate() }

    /// The bytes from `offset` on, until something is added or they are dropped.
    func bytes(from offset: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: memory[offset..<count])
    }

    /// Adds the preface of `version`.
    func appendPreface(version: UInt32) {
        reserve(Frame.prefaceBytes)
        append(Frame.magic)
        append(version)
    }

    /// Adds a frame. The length of `body` has been checked.
    func append(exchange: UInt64, _ body: [UInt8]) {
        reserve(Frame.headerBytes + body.count)
        append(UInt32(truncatingIfNeeded: body.count))
        append(exchange)
        append(body)
    }

    /// Drops everything.
    func removeAll() {
        count = 0
        guard memory.count > Self.spareBytes else { return }
        memory.deallocate()
        memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    private func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { memory[count...].copyBytes(from: $0) }
        count += number.bitWidth / 8
    }

    private func append(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyBytes(from: bytes)
        count += bytes.count
    }

    private func reserve(_ more: Int) {
        guard count + more > memory.count else { return }
        let larger = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(4096, count + more, 2 * memory.count),
            alignment: 16
        )
        larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<count]))
        memory.deallocate()
        memory = larger
    }
}
