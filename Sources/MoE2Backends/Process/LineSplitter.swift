/// Cuts bytes into lines of text. A line longer than ``maximumBytes`` is cut; what is no UTF-8 is replaced.
struct LineSplitter {
    /// The longest line.
    static let maximumBytes = 2048

    private var line: [UInt8] = []

    /// Takes bytes.
    /// - Returns: the lines that they complete; empty ones are left out.
    mutating func push(_ bytes: some Sequence<UInt8>) -> [String] {
        var lines: [String] = []
        for byte in bytes {
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                lines += finish()
            } else {
                line.append(byte)
                if line.count == Self.maximumBytes { lines += finish() }
            }
        }
        return lines
    }

    /// What is left at the end.
    mutating func finish() -> [String] {
        guard !line.isEmpty else { return [] }
        defer { line.removeAll(keepingCapacity: true) }
        return [String(decoding: line, as: UTF8.self)]
    }
}
