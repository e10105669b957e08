import FoundationEssentials

/// Vectors as the OpenAI client likes them best.
enum Base64 {
    /// The numbers as little-endian 32-bit floats, in base64.
    static func encode(_ vector: [Float]) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(vector.count * 4)
        for number in vector {
            withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return Data(bytes).base64EncodedString()
    }
}
