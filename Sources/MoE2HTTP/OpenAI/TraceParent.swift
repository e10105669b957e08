import HTTPTypes

/// The W3C trace context of a request (https://www.w3.org/TR/trace-context/).
enum TraceParent {
    private static let name = HTTPField.Name("traceparent")

    /// The header `traceparent` when it is valid; empty otherwise, as the standard asks for.
    static func valid(_ headers: HTTPFields) -> String {
        guard let name, let text = headers[name], isValid(text) else { return "" }
        return text
    }

    /// `00-` 32 hexadecimal digits `-` 16 of them `-` 2 of them, neither id all zeros.
    static func isValid(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.map(\.count) == [2, 32, 16, 2] else { return false }
        let isHex = parts.joined().allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
        }
        let isZero = { (part: Substring.UTF8View) in part.allSatisfy { $0 == UInt8(ascii: "0") } }
        return isHex && !isZero(parts[1]) && !isZero(parts[2]) && !parts[0].elementsEqual("ff".utf8)
    }
}
