/// What two spellings of a short answer have in common.
public enum ShortAnswer {
    private static let marks = Set<Character>(".,;:!?\"'`*()[] ")

    /// `text` in lower case with single spaces and without punctuation at the ends.
    public static func canonical(_ text: String) -> String {
        let words = text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
        var slice = words[...]
        while let first = slice.first, marks.contains(first) { slice.removeFirst() }
        while let last = slice.last, marks.contains(last) { slice.removeLast() }
        return String(slice)
    }
}
