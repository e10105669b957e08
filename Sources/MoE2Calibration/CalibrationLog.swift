import Glibc
import MoE2Data

/// The outcomes file of a calibration that is still running: rows are appended one by one, each with a single write.
///
/// Lifecycle: open it, append, let it go. A program that was killed leaves whole rows and at most one torn one, which
/// the next `open` cuts off; the pairs of prompt and model that the file holds are `done`. One process at a time may have
/// the file open.
public final class CalibrationLog {
    /// A prompt and a model.
    public struct Pair: Hashable, Sendable {
        /// The prompt's id.
        public let prompt: String
        /// The model's name.
        public let model: String

        /// The pair of `prompt` and `model`.
        public init(prompt: String, model: String) {
            self.prompt = prompt
            self.model = model
        }
    }

    /// The pairs that the file holds.
    public private(set) var done: Set<Pair>
    private let path: String
    private let descriptor: Int32
    private let columns: Int

    private init(path: String, descriptor: Int32, columns: Int, done: Set<Pair>) {
        self.path = path
        self.descriptor = descriptor
        self.columns = columns
        self.done = done
    }

    deinit {
        fsync(descriptor)
        close(descriptor)
    }

    /// Opens the file at `path`, or makes it, with the columns of `header`, the first of which are `id` and `model`.
    ///
    /// - Throws: `CalibrationError` when it cannot be opened, another process has it, or it holds other columns;
    ///   `DataError` when its rows are malformed.
    public static func open(_ path: String, header: [String]) throws -> CalibrationLog {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path, "open") }
        do {
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                throw CalibrationError(
                    .busy,
                    "'\(path)' is written by another calibration: wait for it, or name another file"
                )
            }
            let bytes = try wholeRows(path, descriptor)
            guard !bytes.isEmpty else {
                try write(header.map(quoted).joined(separator: ",") + "\n", to: descriptor, path)
                return CalibrationLog(path: path, descriptor: descriptor, columns: header.count, done: [])
            }
            let done = try pairs(bytes, path, header)
            return CalibrationLog(path: path, descriptor: descriptor, columns: header.count, done: done)
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Appends the row of a pair that is not done yet; after this returns, a kill does not lose it.
    ///
    /// - Throws: `CalibrationError` when the file cannot be written, such as on a full disk.
    public func append(_ pair: Pair, _ fields: [String]) throws {
        precondition(fields.count + 2 == columns, "one field per column")
        guard done.insert(pair).inserted else { return }
        let row = ([pair.prompt, pair.model] + fields).map(Self.quoted).joined(separator: ",") + "\n"
        try Self.write(row, to: descriptor, path)
    }

    /// The file's bytes up to the last line end; what follows is cut off.
    private static func wholeRows(_ path: String, _ descriptor: Int32) throws -> [UInt8] {
        let size = Int(lseek(descriptor, 0, SEEK_END))
        guard size >= 0, size <= GzipFile.maximumBytes else { throw failure(path, "read") }
        var bytes = [UInt8](repeating: 0, count: size)
        var position = 0
        while position < size {
            let count = bytes.withUnsafeMutableBytes { buffer in
                pread(descriptor, buffer.baseAddress.map { $0 + position }, size - position, off_t(position))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(path, "read") }
            position += count
        }
        // Fields hold no line ends, so a line end ends a row.
        let whole = (bytes.lastIndex(of: 0x0a) ?? -1) + 1
        if whole < size {
            guard ftruncate(descriptor, off_t(whole)) == 0 else { throw failure(path, "repair") }
            bytes.removeLast(size - whole)
        }
        return bytes
    }

    private static func pairs(_ bytes: [UInt8], _ path: String, _ header: [String]) throws -> Set<Pair> {
        var reader = try CSVReader(bytes, name: path)
        guard reader.header == header else {
            throw CalibrationError(
                .file,
                "'\(path)' holds the columns \(reader.header.joined(separator: ", ")), this calibration writes \(header.joined(separator: ", ")): name another file"
            )
        }
        var done: Set<Pair> = []
        var fields: [String] = []
        while try reader.next(&fields) {
            guard done.insert(Pair(prompt: fields[0], model: fields[1])).inserted else {
                throw CalibrationError(
                    .file,
                    "'\(path)' line \(reader.line) repeats prompt '\(fields[0])' for '\(fields[1])': keep one of the rows"
                )
            }
        }
        return done
    }

    private static func write(_ text: String, to descriptor: Int32, _ path: String) throws {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                Glibc.write(descriptor, buffer.baseAddress.map { $0 + written }, bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure(path, "write") }
            written += count
        }
    }

    private static func quoted(_ field: String) -> String {
        let flat = String(field.map { $0.isNewline ? " " : $0 })
        guard flat.contains(where: { $0 == "," || $0 == "\"" }) else { return flat }
        return "\"" + flat.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }

    private static func failure(_ path: String, _ what: String) -> CalibrationError {
        CalibrationError(.file, "cannot \(what) '\(path)': \(String(cString: strerror(errno)))")
    }
}
