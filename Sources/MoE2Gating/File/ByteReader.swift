/// Reads what `ByteWriter` wrote. Never trusts a length: none can exceed the bytes that are left.
struct ByteReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func read<Number: FixedWidthInteger>(_: Number.Type = Number.self) throws(GatingError) -> Number {
        let size = Number.bitWidth / 8
        guard bytes.count - position >= size else { throw Self.truncated }
        var number: Number = 0
        for offset in 0..<size { number |= Number(truncatingIfNeeded: bytes[position + offset]) << Number(8 * offset) }
        position += size
        return number
    }

    mutating func readDouble() throws(GatingError) -> Double {
        let number = Double(bitPattern: try read(UInt64.self))
        guard number.isFinite else {
            throw GatingError(.damagedFile, "the gate file holds a number that is not finite")
        }
        return number
    }

    mutating func readDoubles() throws(GatingError) -> [Double] {
        let count = try readCount(elementSize: 8)
        var numbers: [Double] = []
        numbers.reserveCapacity(count)
        for _ in 0..<count { numbers.append(try readDouble()) }
        return numbers
    }

    mutating func readFloats() throws(GatingError) -> [Float] {
        let count = try readCount(elementSize: 4)
        var numbers: [Float] = []
        numbers.reserveCapacity(count)
        for _ in 0..<count {
            let number = Float(bitPattern: try read(UInt32.self))
            guard number.isFinite else {
                throw GatingError(.damagedFile, "the gate file holds a number that is not finite")
            }
            numbers.append(number)
        }
        return numbers
    }

    mutating func readBytes() throws(GatingError) -> [UInt8] {
        let count = try readCount(elementSize: 1)
        defer { position += count }
        return Array(bytes[position..<(position + count)])
    }

    mutating func readString() throws(GatingError) -> String {
        guard let text = String(validating: try readBytes(), as: UTF8.self) else {
            throw GatingError(.damagedFile, "the gate file holds a name that is not UTF-8")
        }
        return text
    }

    mutating func readStrings() throws(GatingError) -> [String] {
        let count = try readCount(elementSize: 4)
        var texts: [String] = []
        for _ in 0..<count { texts.append(try readString()) }
        return texts
    }

    /// An element count, bounded by the bytes that are left.
    mutating func readCount(elementSize: Int) throws(GatingError) -> Int {
        let count = Int(try read(UInt32.self))
        guard count <= (bytes.count - position) / elementSize else { throw Self.truncated }
        return count
    }

    private static var truncated: GatingError {
        GatingError(.damagedFile, "the gate file ends too early: copy it again or train anew")
    }
}
