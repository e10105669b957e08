/// The last few values of a series, for quantiles that follow a changing world. Old values fall out, so the memory is
/// bounded and so is the influence of one outlier.
struct RecentValues: Sendable, Hashable, Codable {
    private static let capacity = 64

    private var values: [Double] = []
    private var next = 0

    var count: Int { values.count }

    /// Adds `value` unless it is no finite number or negative.
    mutating func add(_ value: Double) {
        guard value.isFinite, value >= 0 else { return }
        if values.count < Self.capacity {
            values.append(value)
        } else {
            values[next] = value
        }
        next = (next + 1) % Self.capacity
    }

    /// The value that a share `level` of the values stay at or under; nil when there are none. The ⌈level·(n+1)⌉-th
    /// smallest, so that with exchangeable values the next one is covered with at least that chance as soon as n is
    /// large enough to have it (split conformal prediction: Vovk, Gammerman, Shafer, 2005).
    func quantile(_ level: Double) -> Double? {
        guard !values.isEmpty else { return nil }
        let rank = Int((level * Double(values.count + 1)).rounded(.up))
        return values.sorted()[min(max(rank, 1), values.count) - 1]
    }
}
