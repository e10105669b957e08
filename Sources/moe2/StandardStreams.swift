import Glibc

/// Standard output and error, written at once: a streamed answer must not wait in a buffer.
enum StandardStreams {
    /// Whether standard output is a terminal.
    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Whether standard error is a terminal.
    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes `text` to standard output.
    /// - Throws: ``ClientExit/failed`` when nobody reads it any more, such as a pipe into `head`.
    static func write(_ text: String) throws { try write(text, to: STDOUT_FILENO) }

    /// Writes `text` and a line end to standard error; a failure to do so is ignored.
    static func note(_ text: String) { try? write(text + "\n", to: STDERR_FILENO) }

    /// Replaces the last line of standard error, which must be a terminal.
    static func redraw(_ text: String) { try? write("\r\u{1B}[K" + text, to: STDERR_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) throws {
        var bytes = ArraySlice(Array(text.utf8))
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw ClientExit.failed
            }
            bytes = bytes.dropFirst(count)
        }
    }
}
