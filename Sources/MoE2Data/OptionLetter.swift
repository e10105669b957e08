/// Options are named by letters: A is 0.
enum OptionLetter {
    /// The number of the option named `letter`; `nil` unless it is one capital or small letter.
    static func index(_ letter: String) -> Int? {
        let bytes = Array(letter.utf8)
        guard bytes.count == 1 else { return nil }
        switch bytes[0] {
        case 0x41...0x5a: return Int(bytes[0]) - 0x41
        case 0x61...0x7a: return Int(bytes[0]) - 0x61
        default: return nil
        }
    }
}
