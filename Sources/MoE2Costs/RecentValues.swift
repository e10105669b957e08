/// The last few values of a series, for quantiles that follow a changing world. Old values fall out, so the memory is
/// bounded and so is the influence of one outlier.
struct RecentValues: Sendable, Hashable, Codable {
    private static let capacity = 64
    /// Larger values are nonsense: nothing here is counted in such numbers.
    private static let largest = 1e15

    /// In the order of their arrival, as a ring.
    private var values: [Double] = []
    private var next = 0
    /// The same in ascending order: a quantile is asked for far more often than a value is added.
    private var sorted: [Double] = []

    var count: Int { values.count }

    /// Adds `value` unless it is no finite number, negative or absurdly large.
    mutating func add(_ value: Double) {
        guard value.isFinite, value >= 0, value < Self.largest else { return }
        if values.count < Self.capacity {
            values.append(value)
        } else {
            sorted.remove(at: Self.place(of: values[next], in: sorted))
            values[next] = value
        }
        sorted.insert(value, at: Self.place(of: value, in: sorted))
        next = (next + 1) % Self.capacity
    }

    /// The value that a share `level` of the values stay at or under; nil when there are none. The ⌈level·(n+1)⌉-th
    /// smallest, so that with exchangeable values the next one is covered with at least that chance as soon as n is
    /// large enough to have it (split conformal prediction: Vovk, Gammerman, Shafer, 2005).
    func quantile(_ level: Double) -> Double? {
        sorted.isEmpty ? nil : Self.quantile(level, of: sorted)
    }

    /// The same of the last `count` values only.
    func quantile(_ level: Double, ofLast count: Int) -> Double? {
        guard values.count > count, count > 0 else { return quantile(level) }
        let latest = (1...count).map { values[(next - $0 + values.count) % values.count] }.sorted()
        return Self.quantile(level, of: latest)
    }

    private static func quantile(_ level: Double, of sorted: [Double]) -> Double {
        let rank = Int((level * Double(sorted.count + 1)).rounded(.up))
        return sorted[min(max(rank, 1), sorted.count) - 1]
    }

    /// The first place whose value is not smaller than `value`.
    private static func place(of value: Double, in sorted: [Double]) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
