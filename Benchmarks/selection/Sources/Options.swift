/// The words after a command: positions first, then `--name value` pairs.
struct Options {
    private let words: [String]

    init(_ words: some Sequence<String>) { self.words = Array(words) }

    /// The word at `place`.
    /// - Throws: ``UsageError`` when there is none.
    func word(_ place: Int) throws -> String {
        guard place < words.count, !words[place].hasPrefix("--") else { throw UsageError() }
        return words[place]
    }

    /// The number after `--name`, or `standard`.
    func number(_ name: String, _ standard: Double) throws -> Double {
        guard let place = words.firstIndex(of: "--\(name)") else { return standard }
        guard place + 1 < words.count, let value = Double(words[place + 1]) else { throw UsageError() }
        return value
    }

    func count(_ name: String, _ standard: Int) throws -> Int {
        let value = try number(name, Double(standard))
        guard value >= 0, value <= 1e9 else { throw UsageError() }
        return Int(value)
    }

    /// The generator of the instance that the words at `place` and after it name: a family and `EXPERTSxPROMPTS`.
    func generator(at place: Int = 0) throws -> InstanceGenerator {
        let sizes = try word(place + 1).split(separator: "x").compactMap { Int($0) }
        guard let family = Family(rawValue: try word(place)), sizes.count == 2, sizes[0] > 0, sizes[1] > 0 else {
            throw UsageError()
        }
        var generator = InstanceGenerator(family: family, experts: sizes[0], prompts: sizes[1], seed: 0)
        generator.tightness = try number("tight", 0.2)
        generator.teamSize = try count("k", 0)
        generator.temperature = try number("T", 0)
        generator.maximumExperts = try count("max", 0)
        return generator
    }
}

struct UsageError: Error {}
