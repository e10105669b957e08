import Glibc

/// Reads small text files whole.
enum TextFile {
    /// The largest file that is read, in bytes.
    static let maximumBytes = 1 << 20

    /// The text of the file at `path`; `what` names it in errors.
    /// - Throws: ``ConfigurationError`` with the code `unreadable`.
    static func read(_ path: String, what: String) throws(ConfigurationError) -> String {
        // Non-blocking, so that a named pipe that nobody writes to cannot hold the start up.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw unreadable(path, what: what, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ConfigurationError(.unreadable, "\(what) '\(path)' is no regular file: name a file")
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while bytes.count <= maximumBytes {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path, what: what, errno) }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        guard bytes.count <= maximumBytes else {
            throw ConfigurationError(
                .unreadable,
                "\(what) '\(path)' is larger than \(maximumBytes) bytes: is it the right file?"
            )
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(.unreadable, "\(what) '\(path)' is no UTF-8 text: is it the right file?")
        }
        return text
    }

    private static func unreadable(_ path: String, what: String, _ number: Int32) -> ConfigurationError {
        let cure =
            switch number {
            case ENOENT: "check the path, or create it"
            case EACCES: "let the user that runs this program read it"
            default: "check the path"
            }
        return ConfigurationError(
            .unreadable,
            "cannot read \(what) '\(path)': \(String(cString: strerror(number))): \(cure)"
        )
    }
}
