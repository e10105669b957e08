import MoE2Selection

/// Numbers by limit, in the shape of an instance's `limits`.
struct LimitFigures: Encodable {
    private let figures: [Limit: Double?]

    init(_ figures: [Limit: Double?]) { self.figures = figures }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: NamedKey.self)
        var latencies: [String: Double?] = [:]
        var memories: [String: Double?] = [:]
        for (limit, value) in figures {
            switch limit {
            case .latency(let category): latencies[category] = .some(value)
            case .memory(let host): memories[host] = .some(value)
            default: try container.encode(value, forKey: NamedKey(limit.description))
            }
        }
        for (name, values) in [("latency_ms", latencies), ("memory_mb", memories)] where !values.isEmpty {
            var nested = container.nestedContainer(keyedBy: NamedKey.self, forKey: NamedKey(name))
            for (key, value) in values { try nested.encode(value, forKey: NamedKey(key)) }
        }
    }
}
