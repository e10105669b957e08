import MoE2Wire

/// Takes apart what comes over a connection, in pieces of any size.
struct FrameDecoder: Sendable {
    /// Something that has come whole.
    enum Element: Equatable, Sendable {
        /// The other side speaks this version of the protocol.
        case preface(version: UInt32)
        /// A frame with an envelope, or what claims to be one.
        case frame(exchange: UInt64, body: [UInt8])
    }

    /// The beginning of what has not come whole yet; never longer than a frame and the piece that it came with.
    private var rest: [UInt8] = []
    private var hasPreface = false

    /// What has become whole with `bytes`, in order.
    /// - Throws: ``WireError`` when the other side does not keep to the protocol; nothing more can be read then.
    mutating func take(_ bytes: UnsafeRawBufferPointer) throws(WireError) -> [Element] {
        var elements: [Element] = []
        guard !rest.isEmpty else {
            let used = try parse(bytes, &elements).get()
            rest.append(contentsOf: bytes[used...])
            return elements
        }
        var whole: [UInt8] = []
        swap(&whole, &rest)
        whole.append(contentsOf: bytes)
        let used = try whole.withUnsafeBytes { parse($0, &elements) }.get()
        whole.removeFirst(used)
        rest = whole
        return elements
    }

    /// Adds what is whole to `elements`.
    /// - Returns: how many bytes that took.
    private mutating func parse(
        _ bytes: UnsafeRawBufferPointer,
        _ elements: inout [Element]
    ) -> Result<Int, WireError> {
        var offset = 0
        if !hasPreface {
            guard bytes.count >= Frame.prefaceBytes else { return .success(0) }
            guard bytes.prefix(Frame.magic.count).elementsEqual(Frame.magic) else {
                return .failure(WireError("the other side does not speak this protocol"))
            }
            let version = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: Frame.magic.count, as: UInt32.self))
            elements.append(.preface(version: version))
            hasPreface = true
            offset = Frame.prefaceBytes
        }
        while bytes.count - offset >= Frame.headerBytes {
            let length = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            let exchange = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt64.self))
            guard length <= WireLimits.envelopeBytes else {
                return .failure(
                    WireError("a frame of \(length) bytes; at most \(WireLimits.envelopeBytes) are allowed")
                )
            }
            guard exchange != Frame.noExchange || length == 0 else {
                return .failure(WireError("a frame of no exchange with \(length) bytes"))
            }
            let end = offset + Frame.headerBytes + length
            guard end <= bytes.count else { break }
            if exchange != Frame.noExchange {
                elements.append(.frame(exchange: exchange, body: Array(bytes[(offset + Frame.headerBytes)..<end])))
            }
            offset = end
        }
        return .success(offset)
    }
}
