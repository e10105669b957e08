/// Memory that is given back all at once: a message has many small parts, and to ask the system for each of them costs more
/// than to fill it.
struct MemoryBlocks: ~Copyable {
    /// The first block: enough for most messages, and small enough for the C library to have it at hand.
    private static let firstBytes = 1008
    private static let alignment = 16

    private var blocks: [UnsafeMutableRawPointer] = []
    private var capacity = 0
    private var used = 0

    deinit {
        for block in blocks { block.deallocate() }
    }

    /// `bytes` bytes, aligned for anything, valid as long as this lives.
    mutating func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
        if let block = blocks.last, bytes <= capacity - used { return take(bytes, of: block) }
        let size = max(Self.firstBytes, bytes, 2 * capacity)
        let block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: Self.alignment)
        blocks.append(block)
        capacity = size
        used = 0
        return take(bytes, of: block)
    }

    private mutating func take(_ bytes: Int, of block: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        defer { used = min(capacity, (used + bytes + Self.alignment - 1) / Self.alignment * Self.alignment) }
        return block + used
    }
}
