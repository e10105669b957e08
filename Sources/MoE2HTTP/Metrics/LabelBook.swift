/// Bounds how many values a label takes: the first so many are told apart, the rest are `other`.
///
/// Categories come from clients and experts from agents; without a bound either could fill the memory of the gate and of
/// Prometheus.
struct LabelBook: Sendable {
    static let other = "other"

    private let limit: Int
    private var known: Set<String> = []

    init(limit: Int) { self.limit = limit }

    mutating func label(_ value: String) -> String {
        if known.contains(value) { return value }
        guard known.count < limit else { return Self.other }
        known.insert(value)
        return value
    }
}
