/// Names a call of a caller's process.
struct CallKey: Hashable, Sendable {
    var epoch: UInt64
    var stream: UInt64
}
