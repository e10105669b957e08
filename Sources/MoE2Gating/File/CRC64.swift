/// The CRC-64/XZ checksum (polynomial 0x42F0E1EBA9EA3693, reflected): finds every burst of up to 64 damaged bits.
struct CRC64 {
    private static let table: [UInt64] = (0..<256).map { byte in
        (0..<8).reduce(UInt64(byte)) { crc, _ in crc & 1 == 1 ? (crc >> 1) ^ 0xc96c_5795_d787_0f42 : crc >> 1 }
    }

    static func checksum(_ bytes: some Sequence<UInt8>) -> UInt64 {
        let table = Self.table
        var crc = UInt64.max
        for byte in bytes { crc = table[Int(UInt8(truncatingIfNeeded: crc) ^ byte)] ^ (crc >> 8) }
        return ~crc
    }
}
