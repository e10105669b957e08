import MoE2Configuration
import MoE2Core
import MoE2Testing
import Testing

@Suite struct ConfigurationLoaderTests {
    private func decode(_ text: String) throws -> SampleConfiguration {
        try ConfigurationLoader().decode(SampleConfiguration.self, text: text)
    }

    private func message(_ text: String) -> String {
        do {
            return "no error: \(try decode(text))"
        } catch {
            return "\(error)"
        }
    }

    @Test func readsEveryKindOfValue() throws {
        let read = try decode(
            """
            gate:
              addresses: [tcp://a:7700, "tcp://b:7700"]
              report_interval: 800ms
            experts:
              - {id: math, slots: 4, memory: 4GiB}
              - id: text
            format: json
            energy: 1.5 kJ
            power: 35W
            insecure: true
            ratio: 0.5
            categories:
              camelCase: {port: 1}
            """
        )
        let expected = SampleConfiguration(
            gate: .init(addresses: ["tcp://a:7700", "tcp://b:7700"], reportInterval: .milliseconds(800)),
            experts: [
                .init(id: try ExpertID("math"), slots: 4, memory: ByteCount(bytes: 4 << 30)),
                .init(id: try ExpertID("text")),
            ],
            format: .json,
            energy: .joules(1500),
            power: .watts(35),
            insecure: true,
            ratio: 0.5,
            categories: ["camelCase": .init(port: 1)]
        )
        #expect(read == expected)
    }

    @Test(arguments: [
        (
            "gate: {}\nexpertz: []",
            "unknown key 'expertz' at line 2: did you mean 'experts'?"
        ),
        (
            "gate: {}\nexperts: []\nfromat: json",
            "unknown key 'fromat' at line 3: did you mean 'format'?"
        ),
        (
            "gate: {}\nexperts:\n  - id: a\n    slotz: 3",
            "unknown key 'slotz' in 'experts[0]' at line 4: did you mean 'slots'?"
        ),
        (
            "gate: {}\nexperts:\n  - id: a\n    colour: 3",
            "unknown key 'colour' in 'experts[0]' at line 4: known here: id, memory, slots"
        ),
        ("gate: {}", "the key 'experts' is missing: add it"),
        ("gate: {}\nexperts:\n - slots: 1", "the key 'id' is missing in 'experts[0]' at line 3: add it"),
        ("gate: {}\nexperts: 3", "'experts' at line 2 is '3', but must be a list"),
        ("gate: here\nexperts: []", "'gate' at line 1 is 'here', but must be a section of keys"),
        (
            "gate: {}\nexperts:\n - {id: a, slots: many}",
            """
            'experts[0].slots' at line 3 is 'many', but must be a whole number from -9223372036854775808 to \
            9223372036854775807
            """
        ),
        (
            "gate: {port: 70000}\nexperts: []",
            "'gate.port' at line 1 is '70000', but must be a whole number from 0 to 65535"
        ),
        ("gate: {port: 0}\nexperts: []", "'gate.port' at line 1 is wrong: must be 1 or more"),
        (
            "gate: {report_interval: 2}\nexperts: []",
            "'gate.report_interval' at line 1 is wrong: duration '2' has no unit: write one of "
        ),
        (
            "gate: {}\nexperts: []\nformat: jsn",
            "'format' at line 3 is 'jsn', but must be one of json, text: did you mean 'json'?"
        ),
        ("gate: {}\nexperts: []\ninsecure: yes", "'insecure' at line 3 is 'yes', but must be true or false"),
        ("gate: {}\nexperts: []\nratio: .nan", "'ratio' at line 3 is '.nan', but must be a number"),
        ("gate: {}\nexperts:\n - id: 'a b'", "'experts[0].id' at line 3 is wrong: 'a b' is no valid name"),
        ("gate: {}\ngate: {}\nexperts: []", "the key 'gate' is there twice: keep one"),
        ("- a", "the configuration is a list, but must be a section of keys"),
        ("", "the key 'gate' is missing: add it"),
    ])
    func namesTheCauseAndTheCure(text: String, expected: String) {
        let message = message(text)
        #expect(message.contains(expected), "\(message)")
        #expect(!message.contains("\n"))
    }

    @Test(arguments: [
        "gate: {\n", "gate: [a\nb: c", "\t- a", "a: *nowhere", "a: b: c", "gate: {}\n experts: []", "? {a: b}\n: c",
        "a: \"\\x\"",
    ])
    func brokenYAMLIsOneClearLine(text: String) {
        let message = message(text)
        #expect(message.contains("line "), "\(message)")
        #expect(!message.contains("\n"))
    }

    /// A checked value of an optional type was once read as nil, whatever the file said.
    @Test func optionalValuesAreReadAndChecked() throws {
        struct Section: Decodable, Equatable {
            var count: Int?
            var limit: Energy?

            private enum CodingKeys: String, CodingKey { case count, limit }

            init(from decoder: any Decoder) throws {
                let values = try decoder.container(keyedBy: CodingKeys.self)
                count = try values.value(.count, default: nil, rule: "must be 1 or more") { ($0 ?? 1) >= 1 }
                limit = try values.value(.limit, default: nil, rule: "must be above 0 J") { ($0 ?? .joules(1)) > .zero }
            }
        }
        let loader = ConfigurationLoader()
        let both = try loader.decode(Section.self, text: "count: 3\nlimit: 2kJ")
        #expect(both.count == 3 && both.limit == .joules(2000))
        let none = try loader.decode(Section.self, text: "count: ~")
        #expect(none.count == nil && none.limit == nil)
        #expect(throws: ConfigurationError.self) { try loader.decode(Section.self, text: "count: 0") }
        #expect(throws: ConfigurationError.self) { try loader.decode(Section.self, text: "limit: 0J") }
    }

    /// A complaint about a key that is not there was once made without its name.
    @Test func aKeyThatIsNotThereIsNamed() {
        struct Section: Decodable {
            private enum CodingKeys: String, CodingKey { case trust }

            init(from decoder: any Decoder) throws {
                let values = try decoder.container(keyedBy: CodingKeys.self)
                guard !values.contains(.trust) else { return }
                throw DecodingError.dataCorruptedError(
                    forKey: .trust,
                    in: values,
                    debugDescription: "is missing: add it"
                )
            }
        }
        #expect {
            try ConfigurationLoader().decode(Section.self, text: "{}")
        } throws: { ($0 as? ConfigurationError)?.message == "'trust' is missing: add it" }
    }

    @Test func aBombOfAliasesIsRefused() {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...8 {
            let items = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
            text += "a\(level): &a\(level) [\(items)]\n"
        }
        #expect(message(text).contains("values: remove the nested aliases"))
    }

    @Test func mutatedTextNeverCrashes() {
        let seed: UInt64 = 20_250_731
        var generator = SeededGenerator(seed: seed)
        let base = Array("gate: {addresses: [a, 'b'], port: 3}\nexperts:\n  - id: x\n    memory: 4GiB\n".utf8)
        for round in 0..<2_000 {
            var bytes = base
            for _ in 0...Int.random(in: 0...4, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...127, using: &generator)
                case 1: bytes.remove(at: place)
                default: bytes.insert(contentsOf: Array("[]{}:,-&*'\"\n\t|>%@".utf8).prefix(3), at: place)
                }
            }
            let text = String(decoding: bytes, as: UTF8.self)
            let message = message(text)
            #expect(!message.isEmpty, "seed \(seed), round \(round)")
        }
    }
}
