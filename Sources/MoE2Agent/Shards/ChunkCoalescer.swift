import MoE2Backends
import MoE2Core

/// Collects a shard's output into numbered chunks. Pure.
///
/// Outputs that are plain text are joined while they wait: under load a chunk carries many tokens, and a chunk costs a call.
struct ChunkCoalescer: Hashable, Sendable {
    /// Text joined into one chunk, in bytes.
    static let chunkBytes = 16 << 10
    /// Chunks taken at a time, and bytes taken at a time, but for a single chunk that is larger.
    static let batchChunks = 128
    static let batchBytes = 512 << 10
    /// Bytes that may wait before the writer has to.
    static let capacity = 256 << 10

    private var waiting: [ShardChunk] = []
    private var next: UInt32 = 0
    /// Bytes that wait.
    private(set) var bytes = 0

    var isEmpty: Bool { waiting.isEmpty }
    var isFull: Bool { bytes >= Self.capacity }
    var isHalfFull: Bool { bytes >= Self.capacity / 2 }
    /// Whether ``take()`` takes all that waits.
    var fitInOneBatch: Bool {
        waiting.count <= Self.batchChunks && (bytes <= Self.batchBytes || waiting.count <= 1)
    }
    /// Chunks numbered so far.
    var count: UInt32 { next }

    mutating func add(_ output: BackendOutput) {
        bytes += Self.size(output)
        if let last = waiting.last, Self.isPlain(last), output.extensionsJSON.isEmpty,
            output.logProbabilitiesJSON.isEmpty, last.text.utf8.count + output.text.utf8.count <= Self.chunkBytes
        {
            waiting[waiting.count - 1].text += output.text
            waiting[waiting.count - 1].tokens += output.tokens
            return
        }
        waiting.append(
            ShardChunk(
                sequence: next,
                text: output.text,
                tokens: output.tokens,
                extensionsJSON: output.extensionsJSON,
                logProbabilitiesJSON: output.logProbabilitiesJSON
            )
        )
        next += 1
    }

    /// Takes the oldest chunks.
    mutating func take() -> [ShardChunk] {
        var batch: [ShardChunk] = []
        var size = 0
        for chunk in waiting.prefix(Self.batchChunks) {
            let more = Self.size(chunk)
            if !batch.isEmpty, size + more > Self.batchBytes { break }
            batch.append(chunk)
            size += more
        }
        waiting.removeFirst(batch.count)
        bytes -= size
        return batch
    }

    private static func isPlain(_ chunk: ShardChunk) -> Bool {
        chunk.extensionsJSON.isEmpty && chunk.logProbabilitiesJSON.isEmpty
    }

    private static func size(_ output: BackendOutput) -> Int {
        output.text.utf8.count + output.extensionsJSON.utf8.count + output.logProbabilitiesJSON.utf8.count
    }

    private static func size(_ chunk: ShardChunk) -> Int {
        chunk.text.utf8.count + chunk.extensionsJSON.utf8.count + chunk.logProbabilitiesJSON.utf8.count
    }
}
