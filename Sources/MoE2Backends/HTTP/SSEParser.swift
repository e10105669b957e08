import MoE2Core

/// Parses `text/event-stream` (WHATWG HTML, section 9.2.6) piece by piece.
///
/// Lines may end with LF, CR or CRLF, pieces may end anywhere, also inside a character. Bytes that are no UTF-8 become
/// U+FFFD, as the standard says. A line or an event longer than ``maximumBytes`` is refused.
struct SSEParser {
    /// The longest line and the longest event, in bytes.
    static let maximumBytes = 1 << 20

    private var line: [UInt8] = []
    private var data: [String] = []
    private var dataBytes = 0
    private var name = ""
    private var lastWasCarriageReturn = false
    private var isFirstLine = true

    /// Takes the next bytes of the stream.
    /// - Returns: the events that they complete.
    /// - Throws: `dataLoss` when a line or an event is too long.
    mutating func push(_ bytes: UnsafeRawBufferPointer) throws(StatusError) -> [SSEEvent] {
        var events: [SSEEvent] = []
        var rest = bytes[...]
        while let first = rest.first {
            if lastWasCarriageReturn {
                lastWasCarriageReturn = false
                if first == UInt8(ascii: "\n") {
                    rest.removeFirst()
                    continue
                }
            }
            let end = rest.firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
            let part = rest[..<(end ?? rest.endIndex)]
            guard line.count + part.count <= Self.maximumBytes else { throw Self.tooLong }
            line.append(contentsOf: UnsafeRawBufferPointer(rebasing: part))
            guard let end else { break }
            lastWasCarriageReturn = rest[end] == UInt8(ascii: "\r")
            if let event = try endLine() { events.append(event) }
            rest = rest[(end + 1)...]
        }
        return events
    }

    /// The stream ended. A last event without the empty line after it counts: some servers leave it out.
    mutating func finish() throws(StatusError) -> SSEEvent? {
        if !line.isEmpty, let event = try endLine() { return event }
        return dispatch()
    }

    private mutating func endLine() throws(StatusError) -> SSEEvent? {
        defer { line.removeAll(keepingCapacity: true) }
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: [0xef, 0xbb, 0xbf]) { line.removeFirst(3) }
        }
        guard !line.isEmpty else { return dispatch() }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        var value = line[(colon + 1)...]
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        let field = line[..<colon]
        if field.elementsEqual("data".utf8) {
            try add(value)
        } else if field.elementsEqual("event".utf8) {
            name = String(decoding: value, as: UTF8.self)
        } else if field.elementsEqual("error".utf8) {
            name = "error"
            try add(value)
        }
        return nil
    }

    private mutating func add(_ value: ArraySlice<UInt8>) throws(StatusError) {
        dataBytes += value.count + 1
        guard dataBytes <= Self.maximumBytes else { throw Self.tooLong }
        data.append(String(decoding: value, as: UTF8.self))
    }

    private mutating func dispatch() -> SSEEvent? {
        defer {
            data.removeAll(keepingCapacity: true)
            dataBytes = 0
            name = ""
        }
        guard let first = data.first else { return nil }
        return SSEEvent(name: name, data: data.count == 1 ? first : data.joined(separator: "\n"))
    }

    private static let tooLong = StatusError(
        .dataLoss,
        "the model server sent a line or an event of more than \(maximumBytes) bytes; is it a model server?"
    )
}
