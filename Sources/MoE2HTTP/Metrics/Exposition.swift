/// Writes the Prometheus text format, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/).
struct Exposition: Sendable {
    /// What a metric is.
    enum Kind: String, Sendable {
        case counter
        case gauge
        case histogram
    }

    typealias Labels = [(name: StaticString, value: String)]

    private(set) var text = ""
    private var name = ""

    /// Starts a metric; its samples follow.
    mutating func metric(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    mutating func sample(_ labels: Labels, _ value: Double) {
        text += "\(name)\(Self.text(labels)) \(Self.number(value))\n"
    }

    mutating func sample(_ labels: Labels, _ value: Int) {
        text += "\(name)\(Self.text(labels)) \(value)\n"
    }

    mutating func sample(_ labels: Labels, _ histogram: Histogram) {
        var sum = 0
        for (index, bound) in histogram.bounds.enumerated() {
            sum += histogram.counts[index]
            text += "\(name)_bucket\(Self.text(labels + [("le", Self.number(bound))])) \(sum)\n"
        }
        sum += histogram.counts[histogram.bounds.count]
        text += "\(name)_bucket\(Self.text(labels + [("le", "+Inf")])) \(sum)\n"
        text += "\(name)_sum\(Self.text(labels)) \(Self.number(histogram.sum))\n"
        text += "\(name)_count\(Self.text(labels)) \(sum)\n"
    }

    private static func text(_ labels: Labels) -> String {
        guard !labels.isEmpty else { return "" }
        return "{" + labels.map { "\($0.name)=\"\(escaped($0.value))\"" }.joined(separator: ",") + "}"
    }

    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { $0 == 0x0A || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\\") }) else {
            return value
        }
        return value.reduce(into: "") { text, character in
            switch character {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.append(character)
            }
        }
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }
}
