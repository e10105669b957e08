import MoE2Selection

/// Numbers by limit, in the shape of an instance's `limits`.
struct LimitFigures: Encodable {
    private let figures: [Limit: Double?]

    init(_ figures: [Limit: Double?]) { self.figures = figures }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }

        init?(stringValue: String) { self.init(stringValue) }

        init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        var latencies: [String: Double?] = [:]
        var memories: [String: Double?] = [:]
        for (limit, value) in figures {
            switch limit {
            case .latency(let category): latencies[category] = .some(value)
            case .memory(let host): memories[host] = .some(value)
            default: try container.encode(value, forKey: Key(limit.description))
            }
        }
        for (name, values) in [("latency_ms", latencies), ("memory_mb", memories)] where !values.isEmpty {
            var nested = container.nestedContainer(keyedBy: Key.self, forKey: Key(name))
            for (key, value) in values { try nested.encode(value, forKey: Key(key)) }
        }
    }
}
