/// The parts of a `multipart/form-data` body (RFC 7578).
struct MultipartForm: Sendable {
    /// One part.
    struct Part: Sendable {
        var name: String
        var fileName: String?
        var content: ArraySlice<UInt8>
    }

    /// The most parts of a form.
    static let maximumParts = 16
    /// The most bytes of a part's header.
    static let maximumHeader = 4096

    private(set) var parts: [Part] = []

    /// The content of the part called `name`, as text.
    func text(_ name: String) -> String? {
        parts.first { $0.name == name }.map { String(decoding: $0.content, as: UTF8.self) }
    }

    /// Reads `body`, whose `Content-Type` is `contentType`.
    /// - Throws: 400 that says what is wrong with the form.
    init(_ body: [UInt8], contentType: String?) throws(APIError) {
        guard let contentType, contentType.lowercased().hasPrefix("multipart/form-data"),
            let boundary = Self.parameter("boundary", of: contentType), (1...200).contains(boundary.utf8.count)
        else {
            throw .invalid(nil, "the body must be a form: Content-Type multipart/form-data with a boundary")
        }
        let delimiter = Array("--\(boundary)".utf8)
        guard var place = Self.find(delimiter, in: body[...]) else { throw Self.damaged("it has no boundary") }
        while true {
            var rest = body[place.upperBound...]
            if rest.starts(with: "--".utf8) { return }
            guard rest.starts(with: "\r\n".utf8) else { throw Self.damaged("a boundary without a line's end") }
            rest = rest.dropFirst(2)
            guard let next = Self.find(Array("\r\n".utf8) + delimiter, in: rest) else {
                throw Self.damaged("it ends inside a part")
            }
            guard parts.count < Self.maximumParts else {
                throw Self.damaged("it has more than \(Self.maximumParts) parts")
            }
            parts.append(try Self.part(rest[..<next.lowerBound]))
            place = next
        }
    }

    private static func part(_ bytes: ArraySlice<UInt8>) throws(APIError) -> Part {
        guard let end = find(Array("\r\n\r\n".utf8), in: bytes.prefix(maximumHeader)) else {
            throw damaged("a part without a header")
        }
        let header = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
        let line = header.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-disposition:") }
        guard let line, let name = parameter("name", of: String(line)) else { throw damaged("a part without a name") }
        return Part(name: name, fileName: parameter("filename", of: String(line)), content: bytes[end.upperBound...])
    }

    /// The value of `; name=value` or `; name="value"`.
    private static func parameter(_ name: String, of header: String) -> String? {
        for piece in header.split(separator: ";").dropFirst() {
            let pair = piece.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].drop(while: { $0 == " " }).lowercased() == name else { continue }
            var value = pair[1]
            while value.last == " " { value.removeLast() }
            if value.first == "\"", value.last == "\"", value.count >= 2 { value = value.dropFirst().dropLast() }
            return String(value)
        }
        return nil
    }

    private static func find(_ needle: [UInt8], in bytes: ArraySlice<UInt8>) -> Range<Int>? {
        guard let first = needle.first, bytes.count >= needle.count else { return nil }
        var start = bytes.startIndex
        let last = bytes.endIndex - needle.count
        while start <= last {
            guard let candidate = bytes[start...last].firstIndex(of: first) else { return nil }
            if bytes[candidate..<candidate + needle.count].elementsEqual(needle) {
                return candidate..<candidate + needle.count
            }
            start = candidate + 1
        }
        return nil
    }

    private static func damaged(_ why: String) -> APIError { .invalid(nil, "the form is damaged: \(why)") }
}
