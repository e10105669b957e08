/// The last few values of a series, for quantiles that follow a changing world. Old values fall out, so the memory is
/// bounded and so is the influence of one outlier. They may be told to span some time, so that a short spell of many values does
/// not make up all of them.
struct RecentValues: Sendable {
    static let capacity = 64
    /// Until there are so many values, every one is kept.
    private static let fewest = 16
    /// Larger values are nonsense: nothing here is counted in such numbers.
    private static let largest = 1e15

    private struct Entry {
        var value: Double
        /// When it was added, in seconds (to the second in the first months); −∞ once it has ceased to count.
        var time: Float
        /// The how manyth it was; wraps around.
        var number: UInt32
    }

    /// In ascending order: a quantile is asked for far more often than a value is added.
    private var sorted: [Entry] = []
    private var next: UInt32 = 0
    /// The least time between two values that are kept, in seconds: one that comes sooner takes the place of the last one.
    private let spacing: Double
    /// Since when the last one has had its place, in seconds.
    private var latest = -Double.infinity

    /// No values.
    init(spacing: Double = 0) { self.spacing = spacing }

    var count: Int { sorted.count }
    /// The mean of the values; of the largest counts only as much as the second largest confirms. Zero when there are none.
    private(set) var mean = 0.0

    /// Adds `value`, seen at `seconds`, unless it is no finite number, negative or absurdly large.
    mutating func add(_ value: Double, at seconds: Double) {
        guard value.isFinite, value >= 0, value < Self.largest else { return }
        if spacing > 0, sorted.count >= Self.fewest, seconds - latest < spacing {
            if let last = sorted.firstIndex(where: { age($0) == 1 }) {
                sorted.remove(at: last)
                next &-= 1
            }
        } else {
            latest = seconds
        }
        if sorted.count >= Self.capacity, let oldest = sorted.firstIndex(where: { age($0) >= Self.capacity }) {
            sorted.remove(at: oldest)
        }
        sorted.insert(Entry(value: value, time: Float(seconds), number: next), at: place(of: value))
        next &+= 1
        let confirmed = sorted.dropLast().reduce(0) { $0 + $1.value } + sorted[max(0, sorted.count - 2)].value
        mean = confirmed / Double(sorted.count)
    }

    /// The value that a share `level` of the values stay at or under; nil when there are none. The ⌈level·(n+1)⌉-th
    /// smallest, so that with exchangeable values the next one is covered with at least that chance as soon as n is
    /// large enough to have it (split conformal prediction: Vovk, Gammerman, Shafer, 2005).
    func quantile(_ level: Double) -> Double? {
        sorted.isEmpty ? nil : sorted[Self.rank(level, of: sorted.count) - 1].value
    }

    /// The quantile of the last `window` values only, and without those above it that do not count any more; nil when none is
    /// left. `forgives` tells what counts no more besides what was outlived.
    func tail(_ level: Double, ofLast window: Int = capacity, forgiving forgives: Forgiveness? = nil) -> Double? {
        let size = min(max(0, window), sorted.count)
        guard size > 0 else { return nil }
        var above = size - Self.rank(level, of: size)
        var (reached, last) = (0, -Float.infinity)
        for entry in sorted.reversed() where age(entry) <= window {
            guard above == 0 else {
                above -= 1
                continue
            }
            reached += 1
            last = max(last, entry.time)
            if last > -.infinity, !(forgives?.covers(reached: reached, last: Double(last)) ?? false) {
                return entry.value
            }
        }
        return nil
    }

    /// Lets the levels that `forgives` covers cease to count for good. Their values still count as often reached when a newer
    /// value reaches them again.
    mutating func outlive(_ forgives: Forgiveness) {
        var (reached, last) = (0, -Float.infinity)
        for index in sorted.indices.reversed() {
            reached += 1
            last = max(last, sorted[index].time)
            guard last == -.infinity || forgives.covers(reached: reached, last: Double(last)) else { return }
            sorted[index].time = -.infinity
        }
    }

    /// 1 for the newest, 2 for the one before, and so on.
    private func age(_ entry: Entry) -> Int { Int(next &- entry.number) }

    private static func rank(_ level: Double, of count: Int) -> Int {
        min(max(Int((level * Double(count + 1)).rounded(.up)), 1), count)
    }

    /// The first place whose value is not smaller than `value`.
    private func place(of value: Double) -> Int {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle].value < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
