/// Which levels of a tail have ceased to count, because shards have been refused for them long enough and none has reached
/// them since.
///
/// A level that k values reached counts until shards were refused for patience·2^(k−1) after the last of them: one freak is
/// forgiven soon, what happens again and again is not, and everything is in the end.
struct Forgiveness: Sendable {
    /// Doublings; from then on the waits are equal.
    static let mostDoublings = 7

    /// How long a level counts that one value reached, in seconds.
    var patience: Double
    /// Since when shards are refused, in seconds.
    var refused: Double
    /// In seconds.
    var now: Double

    /// Whether a level that `reached` values reached, the last of them at `last`, has ceased to count.
    func covers(reached: Int, last: Double) -> Bool {
        now - max(refused, last) >= patience * Double(1 << min(max(0, reached - 1), Self.mostDoublings))
    }
}
