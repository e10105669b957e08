import MoE2Testing

/// Damages bytes the way broken and hostile clients do.
enum Mutation {
    private static let tokens: [String] = [
        "null", "true", "-1", "1e999", "\"\"", "[]", "{}", "[[[[", "\\u0000", "\"\\ud800\"", "99999999999999999999",
        ",", ":",
        "\"stream\":true", "\"n\":16", "\"moe2\":{\"mode\":\"choice\"}", "\u{FEFF}",
    ]

    static func mutate(_ bytes: [UInt8], using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            let place = Int.random(in: 0...bytes.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
            case 2 where place < bytes.count: bytes.remove(at: place)
            case 3: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 0...9, using: &generator)))
            case 4: bytes.insert(contentsOf: Array((tokens.randomElement(using: &generator) ?? "").utf8), at: place)
            default:
                let end = min(bytes.count, place + Int.random(in: 0...30, using: &generator))
                bytes.insert(contentsOf: bytes[place..<end], at: place)
            }
        }
        return bytes
    }
}
