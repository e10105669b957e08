import CZlib

/// Reads whole files, gzip-compressed or plain.
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
