import CNNG

/// Owns an `nng_msg` until NNG takes it.
enum NNGMessage {
    /// A message with `bytes` as its body; nil when there is no memory.
    static func make(_ bytes: [UInt8]) -> OpaquePointer? {
        var message: OpaquePointer?
        guard nng_msg_alloc(&message, bytes.count) == 0, let message else { return nil }
        if let body = nng_msg_body(message), !bytes.isEmpty {
            bytes.withUnsafeBytes {
                body.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(body), byteCount: $0.count)
            }
        }
        return message
    }

    /// The body of `message`.
    static func bytes(_ message: OpaquePointer) -> [UInt8] {
        guard let body = nng_msg_body(message) else { return [] }
        return Array(UnsafeRawBufferPointer(start: body, count: nng_msg_len(message)))
    }
}
