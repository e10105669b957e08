import Glibc
import Synchronization

/// Numbers of the system's random generator, fetched many at a time: names are made several a query, and a call of the system for
/// each word of one takes longer than the rest of it.
struct RandomPool: RandomNumberGenerator {
    /// What the whole process draws from.
    static let shared = Mutex(RandomPool())

    /// As many as `getentropy` gives at a time.
    private static let words = 256 / MemoryLayout<UInt64>.size
    private var pool: [UInt64] = []

    mutating func next() -> UInt64 {
        if pool.isEmpty { fill() }
        return pool.removeLast()
    }

    private mutating func fill() {
        pool = [UInt64](unsafeUninitializedCapacity: Self.words) { buffer, count in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            count = bytes.baseAddress.map { getentropy($0, bytes.count) == 0 } == true ? Self.words : 0
        }
        guard pool.isEmpty else { return }
        // The kernel is older than the call.
        var generator = SystemRandomNumberGenerator()
        pool = (0..<Self.words).map { _ in generator.next() }
    }
}
