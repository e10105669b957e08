/// Reads comma-separated values (RFC 4180: quotes, doubled quotes, line breaks within quotes) with a header line.
public struct CSVReader {
    /// The names of the columns.
    public let header: [String]
    private let bytes: [UInt8]
    private let name: String
    private var position: Int
    /// The line, counted from 1, at which the last read row began.
    public private(set) var line = 1
    private var nextLine = 1

    /// A reader over `bytes`; `name` is the file's name in messages.
    ///
    /// - Throws: `DataError` when there is no header.
    public init(_ bytes: [UInt8], name: String) throws(DataError) {
        self.bytes = bytes
        self.name = name
        position = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        var fields: [String] = []
        var reader = Cursor(bytes: bytes, position: position, line: 1)
        guard try reader.row(into: &fields, name: name) else {
            throw DataError(.malformed, "'\(name)' is empty: a header line is needed")
        }
        header = fields
        position = reader.position
        nextLine = reader.line
    }

    /// The number of the column called `column`.
    ///
    /// - Throws: `DataError` when there is none.
    public func column(_ column: String) throws(DataError) -> Int {
        guard let index = header.firstIndex(of: column) else {
            throw DataError(.malformed, "'\(name)' has no column '\(column)'; it has \(header.joined(separator: ", "))")
        }
        return index
    }

    /// Reads the next row into `fields`; `false` at the end. Empty lines are skipped.
    ///
    /// - Throws: `DataError` when a row has more or fewer fields than the header.
    public mutating func next(_ fields: inout [String]) throws(DataError) -> Bool {
        var cursor = Cursor(bytes: bytes, position: position, line: nextLine)
        repeat {
            line = cursor.line
            guard try cursor.row(into: &fields, name: name) else { return false }
        } while fields.count == 1 && fields[0].isEmpty
        position = cursor.position
        nextLine = cursor.line
        guard fields.count == header.count else {
            throw DataError(
                .malformed,
                "'\(name)' line \(line) has \(fields.count) fields, the header has \(header.count)"
            )
        }
        return true
    }

    private struct Cursor {
        let bytes: [UInt8]
        var position: Int
        var line: Int

        mutating func row(into fields: inout [String], name: String) throws(DataError) -> Bool {
            fields.removeAll(keepingCapacity: true)
            guard position < bytes.count else { return false }
            while true {
                fields.append(try field(name))
                guard position < bytes.count else { return true }
                let end = bytes[position]
                position += 1
                if end == 0x0a { break }
            }
            line += 1
            return true
        }

        /// One field; leaves the position on the comma or line feed after it.
        private mutating func field(_ name: String) throws(DataError) -> String {
            guard position < bytes.count, bytes[position] == 0x22 else { return try text(plain(), name) }
            var value: [UInt8] = []
            position += 1
            while position < bytes.count {
                let byte = bytes[position]
                position += 1
                if byte == 0x22 {
                    guard position < bytes.count, bytes[position] == 0x22 else {
                        _ = plain()
                        return try text(value[...], name)
                    }
                    position += 1
                } else if byte == 0x0a {
                    line += 1
                }
                value.append(byte)
            }
            throw DataError(.malformed, "'\(name)' ends within a quoted field that began before line \(line)")
        }

        private mutating func plain() -> ArraySlice<UInt8> {
            let start = position
            while position < bytes.count, bytes[position] != 0x2c, bytes[position] != 0x0a { position += 1 }
            let end = position > start && bytes[position - 1] == 0x0d ? position - 1 : position
            return bytes[start..<end]
        }

        private func text(_ bytes: ArraySlice<UInt8>, _ name: String) throws(DataError) -> String {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw DataError(.malformed, "'\(name)' line \(line) is not UTF-8")
            }
            return text
        }
    }
}
