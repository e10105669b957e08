import CZlib
import Glibc

/// Reads whole files and pipes, gzip-compressed or plain.
public enum GzipFile {
    /// The most bytes that a file may hold after decompression: 1 GiB.
    public static let maximumBytes = 1 << 30
    private static let chunkBytes = 1 << 17

    /// The contents of the file at `path`, decompressed if they are gzip.
    ///
    /// - Throws: `DataError` when the file cannot be read, is cut short, or holds more than `maximumBytes`.
    public static func read(_ path: String) throws(DataError) -> [UInt8] {
        guard let file = gzopen(path, "rb") else {
            throw DataError(.unreadable, "cannot open '\(path)': check the path and the permissions")
        }
        return try contents(file, path, maximumBytes)
    }

    /// What standard input holds up to its end, decompressed if it is gzip.
    ///
    /// - Throws: `DataError` as for a file.
    public static func readStandardInput() throws(DataError) -> [UInt8] {
        try read(STDIN_FILENO, name: "standard input", maximumBytes: maximumBytes)
    }

    /// What can be read of `descriptor`, which stays open.
    static func read(_ descriptor: Int32, name: String, maximumBytes: Int) throws(DataError) -> [UInt8] {
        let copy = dup(descriptor)
        guard copy >= 0, let file = gzdopen(copy, "rb") else {
            if copy >= 0 { close(copy) }
            throw DataError(.unreadable, "cannot read \(name): is it open?")
        }
        return try contents(file, name, maximumBytes)
    }

    /// Reads `file` to its end and closes it.
    private static func contents(
        _ file: gzFile,
        _ path: String,
        _ maximumBytes: Int
    ) throws(DataError) -> [UInt8] {
        defer { gzclose(file) }
        var contents: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: chunkBytes)
        while true {
            let count = gzread(file, &chunk, UInt32(chunkBytes))
            guard count >= 0 else { throw damaged(path) }
            if count == 0 { break }
            contents.append(contentsOf: chunk[..<Int(count)])
            guard contents.count <= maximumBytes else {
                throw DataError(.tooLarge, "'\(path)' holds more than \(maximumBytes >> 20) MiB: split it")
            }
        }
        var status: Int32 = 0
        _ = gzerror(file, &status)
        guard status == Z_OK || status == Z_STREAM_END else { throw damaged(path) }
        return contents
    }

    private static func damaged(_ path: String) -> DataError {
        DataError(.unreadable, "'\(path)' is damaged or cut short, or is a directory: fetch it again")
    }
}
