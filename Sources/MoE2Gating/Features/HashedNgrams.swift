/// Hashed words, word pairs, word shapes and character n-grams, counted and damped to 1 + ln(count).
///
/// Works on bytes, so the result depends on nothing but the text: no locale, no hash seed, no Unicode tables.
/// A word is a run of ASCII letters and digits or of bytes above 127; ASCII letters are lowered. A word's shape keeps the
/// class of each byte and collapses repeats, so `37+48` and `5+12` share the shape `0+0`. Character n-grams are read only
/// from the first `characterBytes` bytes: they serve short synthetic prompts, where they matter most.
public struct HashedNgrams: PromptEncoder {
    /// Bytes of the text from which words are read.
    public static let wordBytes = 4_096
    /// Bytes of the text from which character n-grams are read.
    public static let characterBytes = 256

    /// The base-2 logarithm of the number of hash buckets.
    public let bits: Int

    /// The sizes that may be asked for: 256 to 1 Mi buckets.
    public static let allowedBits = 8...20
    private static let name = "hashed-ngrams/1/"

    /// An encoder with 2^`bits` buckets. The default suits thousands of calibration prompts.
    public init(bits: Int = 14) {
        precondition(Self.allowedBits.contains(bits), "8 to 20 bits")
        self.bits = bits
    }

    /// The encoder called `identity`; `nil` if it names another kind, version or size.
    public init?(identity: String) {
        guard identity.hasPrefix(Self.name), let bits = Int(identity.dropFirst(Self.name.count)),
            Self.allowedBits.contains(bits)
        else { return nil }
        self.init(bits: bits)
    }

    public var identity: String { "\(Self.name)\(bits)" }
    public var dimension: Int { 1 << bits }

    public func encode(_ text: String) -> SparseVector {
        var text = text
        return text.withUTF8 { bytes in encode(bytes) }
    }

    private func encode(_ bytes: UnsafeBufferPointer<UInt8>) -> SparseVector {
        var counts = [UInt16](repeating: 0, count: dimension)
        var touched: [Int32] = []
        touched.reserveCapacity(1_024)
        counts.withUnsafeMutableBufferPointer { counts in
            func add(_ hash: UInt64) {
                let bucket = Int(Self.mix(hash) >> UInt64(64 - bits))
                if counts[bucket] == 0 { touched.append(Int32(truncatingIfNeeded: bucket)) }
                if counts[bucket] < .max { counts[bucket] += 1 }
            }
            Self.words(in: bytes, add)
            Self.characters(in: bytes, add)
        }
        touched.sort()
        return SparseVector(indices: touched, values: touched.map { 1 + Float(naturalLog(Double(counts[Int($0)]))) })
    }

    /// Emits hashes of words, adjacent word pairs and chunk shapes.
    private static func words(in bytes: UnsafeBufferPointer<UInt8>, _ add: (UInt64) -> Void) {
        var word = seedWord
        var previous: UInt64 = 0
        var inWord = false
        var shape = seedShape
        var lastClass: UInt8 = 0
        func endWord() {
            guard inWord else { return }
            add(word)
            if previous != 0 { add(step(previous &* 31, 0) ^ word) }
            previous = word
            word = seedWord
            inWord = false
        }
        func endShape() {
            if lastClass != 0 { add(shape) }
            shape = seedShape
            lastClass = 0
        }
        for byte in bytes.prefix(wordBytes) {
            let kind = byteClass(byte)
            if kind == space {
                endWord()
                endShape()
                continue
            }
            if kind != lastClass || kind == byte { shape = step(shape, kind) }
            lastClass = kind
            if kind == byte {
                endWord()
            } else {
                word = step(word, lowered(byte))
                inWord = true
            }
        }
        endWord()
        endShape()
    }

    /// Emits hashes of character pairs and triples, with one space before the first character.
    private static func characters(in bytes: UnsafeBufferPointer<UInt8>, _ add: (UInt64) -> Void) {
        var older: UInt8 = space
        var old: UInt8 = space
        for (index, raw) in bytes.prefix(characterBytes).enumerated() {
            let byte = byteClass(raw) == space ? space : lowered(raw)
            if byte == space && old == space { continue }
            add(step(step(seedPair, old), byte))
            if index > 0 { add(step(step(step(seedTriple, older), old), byte)) }
            older = old
            old = byte
        }
    }

    private static let space: UInt8 = 0x20
    private static let seedWord: UInt64 = 0xcbf2_9ce4_8422_2325
    private static let seedShape: UInt64 = 0x9e37_79b9_7f4a_7c15
    private static let seedPair: UInt64 = 0xd1b5_4a32_d192_ed03
    private static let seedTriple: UInt64 = 0x8cb9_2ba7_2f3d_8dd7

    /// One round of FNV-1a.
    private static func step(_ hash: UInt64, _ byte: UInt8) -> UInt64 { (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }

    /// The finaliser of MurmurHash3: spreads every input bit over the high bits that choose the bucket.
    private static func mix(_ hash: UInt64) -> UInt64 {
        var hash = hash
        hash ^= hash >> 33
        hash &*= 0xff51_afd7_ed55_8ccd
        hash ^= hash >> 33
        hash &*= 0xc4ce_b9fe_1a85_ec53
        return hash ^ (hash >> 33)
    }

    private static func lowered(_ byte: UInt8) -> UInt8 { (0x41...0x5a).contains(byte) ? byte | 0x20 : byte }

    /// The class of a byte: `A`, `a`, `0`, space, 0x80 for other scripts; punctuation is its own class.
    private static func byteClass(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x41...0x5a: 0x01
        case 0x61...0x7a: 0x02
        case 0x30...0x39: 0x03
        case 0x80...0xff: 0x04
        case 0...0x20, 0x7f: space
        default: byte
        }
    }
}
