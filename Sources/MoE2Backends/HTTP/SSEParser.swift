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
    mutating func push(_ bytes: some Sequence<UInt8>) throws(StatusError) -> [SSEEvent] {
        var events: [SSEEvent] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\n") where lastWasCarriageReturn:
                lastWasCarriageReturn = false
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                lastWasCarriageReturn = byte == UInt8(ascii: "\r")
                if let event = try endLine() { events.append(event) }
            default:
                lastWasCarriageReturn = false
                guard line.count < Self.maximumBytes else { throw Self.tooLong }
                line.append(byte)
            }
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
        switch String(decoding: line[..<colon], as: UTF8.self) {
        case "data":
            try add(value)
        case "event":
            name = String(decoding: value, as: UTF8.self)
        case "error":
            name = "error"
            try add(value)
        default:
            break
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
        return data.isEmpty ? nil : SSEEvent(name: name, data: data.joined(separator: "\n"))
    }

    private static let tooLong = StatusError(
        .dataLoss,
        "the model server sent a line or an event of more than \(maximumBytes) bytes; is it a model server?"
    )
}
