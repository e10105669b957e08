/// The gate file: `MOE2GATE`, format version (u32), payload length (u64), payload, CRC-64 of everything before it.
/// All numbers are little-endian. docs/GATING.md describes the payload.
public enum GateFile {
    /// The format version that this code writes and reads.
    public static let version: UInt32 = 2
    private static let magic = Array("MOE2GATE".utf8)
    private static let headerSize = 20

    /// The bytes of a gate file that holds `model`.
    public static func encode(_ model: GateModel) -> [UInt8] {
        let payload = GateCodec.encode(model)
        var writer = ByteWriter()
        for byte in magic { writer.write(byte) }
        writer.write(version)
        writer.write(UInt64(payload.count))
        var bytes = writer.bytes
        bytes.append(contentsOf: payload)
        var tail = ByteWriter()
        tail.write(CRC64.checksum(bytes))
        return bytes + tail.bytes
    }

    /// The model in the gate file `bytes`.
    ///
    /// - Throws: `GatingError` with code `damagedFile` or `unsupportedVersion`.
    public static func decode(_ bytes: [UInt8]) throws(GatingError) -> GateModel {
        guard bytes.count >= headerSize + 8, Array(bytes[..<8]) == magic else {
            throw GatingError(
                .damagedFile,
                "not a gate file: it does not start with 'MOE2GATE'; write one with 'moe2 train'"
            )
        }
        var header = ByteReader(Array(bytes[8..<headerSize]))
        let found = try header.read(UInt32.self)
        guard found == version else {
            throw GatingError(
                .unsupportedVersion,
                "the gate file has format version \(found), this program reads \(version): train the gate anew or update the program"
            )
        }
        guard try header.read(UInt64.self) == UInt64(bytes.count - headerSize - 8) else {
            throw GatingError(
                .damagedFile,
                "the gate file is cut short or has bytes added: copy it again or train anew"
            )
        }
        var tail = ByteReader(Array(bytes[(bytes.count - 8)...]))
        guard try tail.read(UInt64.self) == CRC64.checksum(bytes[..<(bytes.count - 8)]) else {
            throw GatingError(.damagedFile, "the gate file's checksum does not match: copy it again or train anew")
        }
        return try GateCodec.decode(Array(bytes[headerSize..<(bytes.count - 8)]))
    }
}

extension GateModel {
    /// The gate in the gate file `bytes`.
    ///
    /// - Throws: `GatingError` with code `damagedFile` or `unsupportedVersion`.
    public static func load(_ bytes: [UInt8]) throws(GatingError) -> GateModel { try GateFile.decode(bytes) }
}
