import Glibc
import MoE2Core

/// A batch's output file while it grows: `OUT.partial`, which becomes `OUT` when it is whole. A line is there once its end is:
/// what a kill left of the last one is cut off.
final class BatchOutput {
    private let path: String
    private let partial: String
    private let descriptor: Int32
    /// Lines that are there.
    private(set) var lines = 0

    /// Opens the partial file of `path` and counts what is there.
    /// - Throws: `alreadyExists` when the output is whole already, `failedPrecondition` when the file cannot be written.
    init(_ path: String, overwrite: Bool) throws(StatusError) {
        guard overwrite || access(path, F_OK) != 0 else {
            throw StatusError(.alreadyExists, "'\(path)' exists; remove it or say --overwrite")
        }
        self.path = path
        partial = path + ".partial"
        descriptor = open(partial, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw StatusError(.failedPrecondition, "cannot write '\(partial)': \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw StatusError(.failedPrecondition, "another 'moe2 batch' writes to '\(partial)'; wait for it to end")
        }
        try cutTornLine()
    }

    deinit { close(descriptor) }

    /// Starts over.
    func clear() throws(StatusError) {
        guard ftruncate(descriptor, 0) == 0, lseek(descriptor, 0, SEEK_SET) == 0 else { throw failure("empty") }
        lines = 0
    }

    /// Appends a line.
    func append(_ line: String) throws(StatusError) {
        var bytes = ArraySlice(Array((line + "\n").utf8))
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure("write")
            }
            bytes = bytes.dropFirst(count)
        }
        lines += 1
    }

    /// Makes sure that everything is on the disk and gives the file its name.
    func finish() throws(StatusError) {
        guard fsync(descriptor) == 0, rename(partial, path) == 0 else { throw failure("finish") }
    }

    private func cutTornLine() throws(StatusError) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        var (position, end) = (0, 0)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read") }
            guard count > 0 else { break }
            for index in 0..<count where buffer[index] == 0x0A {
                lines += 1
                end = position + index + 1
            }
            position += count
        }
        guard ftruncate(descriptor, off_t(end)) == 0, lseek(descriptor, off_t(end), SEEK_SET) >= 0 else {
            throw failure("mend")
        }
    }

    private func failure(_ what: String) -> StatusError {
        StatusError(.failedPrecondition, "cannot \(what) '\(partial)': \(String(cString: strerror(errno)))")
    }
}
