extension [UInt8] {
    /// Appends `text` as a JSON string, with its quotation marks, in UTF-8 (RFC 8259, section 7).
    public mutating func appendJSON(_ text: String) {
        append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { utf8 in
            if utf8.contains(where: { $0 < 0x20 || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) {
                for byte in utf8 { appendEscaped(byte) }
            } else {
                append(contentsOf: utf8)
            }
        }
        append(UInt8(ascii: "\""))
    }

    private mutating func appendEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): self += [UInt8(ascii: "\\"), byte]
        case 0x0A: self += "\\n".utf8
        case 0x0D: self += "\\r".utf8
        case 0x09: self += "\\t".utf8
        case ..<0x20:
            self += (byte < 0x10 ? "\\u000" : "\\u001").utf8
            append(Array("0123456789abcdef".utf8)[Int(byte & 15)])
        default: append(byte)
        }
    }
}
