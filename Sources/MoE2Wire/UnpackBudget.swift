import CProtobufC

/// Bounds the memory that unpacking one message takes: a small message can otherwise ask for 64 times its size.
final class UnpackBudget {
    private var left: Int
    private var memory = MemoryBlocks()
    private(set) var isExhausted = false

    init(bytes: Int) { left = bytes }

    /// Calls `body` with a protobuf-c allocator that draws on this budget.
    func withAllocator<Value>(
        _ body: (UnsafeMutablePointer<ProtobufCAllocator>) throws(WireError) -> Value
    ) throws(WireError) -> Value {
        var allocator = ProtobufCAllocator()
        allocator.allocator_data = Unmanaged.passUnretained(self).toOpaque()
        allocator.alloc = { data, size in
            guard let data else { return nil }
            return Unmanaged<UnpackBudget>.fromOpaque(data).takeUnretainedValue().allocate(size)
        }
        // All of it is given back at once, with the budget.
        allocator.free = { _, _ in }
        return try body(&allocator)
    }

    private func allocate(_ size: Int) -> UnsafeMutableRawPointer? {
        guard size <= left else {
            isExhausted = true
            return nil
        }
        left -= size
        return memory.allocate(max(size, 1))
    }
}
