/// Reads the chosen option out of a written answer: "answer is (X)", then "answer: X", then the last letter that stands
/// alone; the last occurrence of each counts.
enum VoteReader {
    /// The number of the chosen option among the first `count` letters; `nil` if none can be read.
    static func option(in text: String, count: Int) -> Int? {
        let words = text.split { !$0.isLetter && !$0.isNumber }.map(String.init)
        for (number, word) in words.enumerated().reversed() where word.lowercased() == "answer" {
            let next = words.dropFirst(number + 1).prefix(2)
            if next.first?.lowercased() == "is", let option = next.dropFirst().first.flatMap({ index($0, count) }) {
                return option
            }
            if let option = next.first.flatMap({ index($0, count) }) { return option }
        }
        // "A" and "I" begin sentences: as the last word of the text they are still an answer.
        return words.last(where: { index($0, count) != nil }).flatMap { index($0, count) }
    }

    private static func index(_ word: String, _ count: Int) -> Int? {
        let bytes = Array(word.utf8)
        guard bytes.count == 1, (0x41..<(0x41 + UInt8(count))).contains(bytes[0]) else { return nil }
        return Int(bytes[0]) - 0x41
    }
}
