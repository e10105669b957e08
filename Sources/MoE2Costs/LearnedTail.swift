/// Measured / predicted of the last shards, and since when shards are refused because of the largest of these.
///
/// A refused shard teaches nothing, so a tail that refuses shards would never be proved wrong when no others come. What refuses
/// is therefore forgiven with time (``Forgiveness``), and one shard at a time tries whether that was right.
struct LearnedTail: Sendable {
    private var ratios = RecentValues()
    /// In seconds; nil when none was refused between the last two shards.
    private var refused: Double?
    private var wasRefused = false
    /// When a shard was started in the hope that the tail is past, in seconds; nil when none is awaited.
    private var tried: Double?
    /// When the last shard ended, in seconds.
    private var latest = -Double.infinity

    /// Shards that are remembered.
    var count: Int { ratios.count }

    /// A shard ended at `now` that took `ratio` times what was predicted; nil when that was a guess.
    mutating func add(_ ratio: Double?, at now: Double, patience: Double) {
        if let forgives = forgiveness(now, patience) { ratios.outlive(forgives) }
        if let ratio { ratios.add(ratio, at: now) }
        latest = max(latest, now)
        tried = nil
        if !wasRefused { refused = nil }
        wasRefused = false
    }

    /// The ratio that a share `level` of the last `window` shards stay at or under, as far as it still counts at `now`; nil when
    /// nothing above it does.
    func quantile(_ level: Double, ofLast window: Int = RecentValues.capacity, at now: Double?, patience: Double)
        -> Double?
    {
        ratios.tail(level, ofLast: window, forgiving: now.flatMap { forgiveness($0, patience) })
    }

    /// The mean ratio; of the largest counts only as much as the second largest confirms.
    var mean: Double { ratios.mean }

    /// Whether shards were refused so long without a new one that one may be tried, although little is known.
    func isOutwaited(at now: Double?, patience: Double) -> Bool {
        guard let now, let forgives = forgiveness(now, patience) else { return false }
        return forgives.covers(reached: 1, last: latest)
    }

    /// The time to judge the tail at: nil, which forgives nothing more, while a shard is under way to try it. After `patience`
    /// it is no longer waited for.
    func judged(at now: Double, patience: Double) -> Double? {
        guard let tried, now - tried < patience else { return now }
        return nil
    }

    /// A shard was wanted at `now` and not started because of the tail.
    mutating func refuse(at now: Double) {
        refused = refused ?? now
        wasRefused = true
    }

    /// A shard is started at `now`.
    mutating func start(at now: Double) {
        if refused != nil { tried = now }
    }

    private func forgiveness(_ now: Double, _ patience: Double) -> Forgiveness? {
        refused.map { Forgiveness(patience: patience, refused: $0, now: now) }
    }
}
