import CProtobufC

/// A Swift value with a protobuf-c struct behind it.
protocol CRepresented: Sendable {
    /// The struct that protoc-c generated. Its first member is `base`.
    associatedtype C

    /// The generated `…__init`.
    static var initialize: @Sendable (UnsafeMutablePointer<C>) -> Void { get }

    /// The value of the struct, with every field checked.
    init(_ c: borrowing C) throws(WireError)

    /// Sets the struct's fields; what they point to lives in `arena`.
    func fill(_ c: inout C, _ arena: Arena)
}

extension CRepresented {
    /// The value as protobuf bytes.
    func packed() -> [UInt8] {
        let arena = Arena()
        return withExtendedLifetime(arena) {
            arena.pointer(to: self).withMemoryRebound(to: ProtobufCMessage.self, capacity: 1) { message in
                [UInt8](unsafeUninitializedCapacity: protobuf_c_message_get_packed_size(message)) { buffer, count in
                    count = buffer.baseAddress.map { protobuf_c_message_pack(message, $0) } ?? 0
                }
            }
        }
    }

    /// The value in `bytes`.
    static func unpacked(_ bytes: [UInt8]) throws(WireError) -> Self {
        guard bytes.count <= WireLimits.envelopeBytes else {
            throw WireError("the message has \(bytes.count) bytes; at most \(WireLimits.envelopeBytes) are allowed")
        }
        let budget = UnpackBudget(
            bytes: bytes.count * WireLimits.unpackedBytesPerByte + WireLimits.unpackedBytesBase
        )
        return try budget.withAllocator { (allocator) throws(WireError) -> Self in
            let unpacked = bytes.withUnsafeBufferPointer { buffer in
                protobuf_c_message_unpack(descriptor, allocator, buffer.count, buffer.baseAddress)
            }
            guard let unpacked else {
                throw WireError(
                    budget.isExhausted
                        ? "the message needs more memory than its size justifies" : "the bytes are no \(Self.self)"
                )
            }
            defer { protobuf_c_message_free_unpacked(unpacked, allocator) }
            return try UnsafeRawPointer(unpacked).withMemoryRebound(to: C.self, capacity: 1) {
                (pointer) throws(WireError) -> Self in try Self(pointer.pointee)
            }
        }
    }

    /// The generated descriptor, as the generated initialiser stores it.
    private static var descriptor: UnsafePointer<ProtobufCMessageDescriptor>? {
        withUnsafeTemporaryAllocation(of: C.self, capacity: 1) { buffer in
            guard let pointer = buffer.baseAddress else { return nil }
            initialize(pointer)
            return pointer.withMemoryRebound(to: ProtobufCMessage.self, capacity: 1) { $0.pointee.descriptor }
        }
    }
}
