import Glibc
import MoE2Core

/// Reads a file from front to back in pieces. For one task.
final class GGUFReader {
    private static let bufferBytes = 64 << 10

    private let path: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var place = 0
    /// How far the file has been read or skipped.
    private var position: UInt64 = 0

    /// The size of the file.
    let fileBytes: UInt64

    /// Opens the file at `path`.
    /// - Throws: `failedPrecondition` when it cannot be read.
    init(path: String) throws(StatusError) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw StatusError(
                .failedPrecondition,
                "cannot read the model file '\(path)': \(String(cString: strerror(errno))): check 'model'"
            )
        }
        self.path = path
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw StatusError(.failedPrecondition, "the model file '\(path)' is no regular file: check 'model'")
        }
        fileBytes = UInt64(max(0, status.st_size))
    }

    deinit { close(descriptor) }

    /// The error that the file is not what it should be.
    func damaged(_ why: String) -> StatusError {
        StatusError(.failedPrecondition, "'\(path)' is no GGUF file that can be used: \(why)")
    }

    /// The next `count` bytes.
    func bytes(_ count: Int) throws(StatusError) -> [UInt8] {
        guard UInt64(count) <= fileBytes - position else { throw damaged("it ends too early: download it again") }
        var result: [UInt8] = []
        result.reserveCapacity(count)
        while result.count < count {
            if place == buffer.count { try fill() }
            let piece = buffer[place..<min(buffer.count, place + count - result.count)]
            result += piece
            place += piece.count
        }
        position += UInt64(count)
        return result
    }

    /// The next number, little-endian.
    func integer<Number: FixedWidthInteger>(_ type: Number.Type) throws(StatusError) -> Number {
        try bytes(MemoryLayout<Number>.size).reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }

    /// The next text.
    func text() throws(StatusError) -> String {
        let length = try integer(UInt64.self)
        guard length <= GGUFHeader.maximumTextBytes else { throw damaged("a text has \(length) bytes") }
        return String(decoding: try bytes(Int(length)), as: UTF8.self)
    }

    /// Skips a text.
    func skipText() throws(StatusError) { try skip(try integer(UInt64.self)) }

    /// Skips `count` bytes.
    func skip(_ count: UInt64) throws(StatusError) {
        guard count <= fileBytes - position else { throw damaged("it ends too early: download it again") }
        position += count
        let buffered = UInt64(buffer.count - place)
        if count <= buffered {
            place += Int(count)
        } else {
            buffer = []
            place = 0
            lseek(descriptor, off_t(position), SEEK_SET)
        }
    }

    private func fill() throws(StatusError) {
        buffer = [UInt8](repeating: 0, count: Self.bufferBytes)
        let count = read(descriptor, &buffer, buffer.count)
        guard count > 0 else { throw damaged("it cannot be read to the end of its header") }
        buffer.removeLast(buffer.count - count)
        place = 0
    }
}
