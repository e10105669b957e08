import MoE2Core

/// Counts a batch's results, and says how long the rest will take at the rate of late.
struct BatchProgress: Sendable {
    /// The rate is taken over about this many results.
    private static let window = 256

    private var counts: BatchStatus
    /// When the last results came, oldest first.
    private var arrivals: [Duration] = []
    /// Why the batch was cut short; empty when it was not.
    var detail = ""

    init(_ status: BatchStatus) { counts = status }

    var energy: Energy { counts.energy }

    /// What an answered line took, on average; zero before the first.
    var meanEnergy: Energy { counts.answered == 0 ? .zero : counts.energy * (1 / Double(counts.answered)) }

    mutating func add(_ result: BatchResult, now: Duration) {
        if result.error == nil { counts.answered += 1 } else { counts.failed += 1 }
        counts.energy += result.usage.energy
        let source = result.usage.energySource
        if source != .unknown, counts.energySource == .unknown || source.isWeaker(than: counts.energySource) {
            counts.energySource = source
        }
        arrivals.append(now)
        if arrivals.count > 2 * Self.window { arrivals.removeFirst(Self.window) }
    }

    func status(now: Duration) -> BatchStatus {
        var status = counts
        status.detail = detail
        let open = status.lines - status.finished
        if open == 0 {
            status.left = .zero
        } else if let first = arrivals.first, arrivals.count > 1, now > first {
            status.left = .milliseconds(clamping: (now - first).milliseconds / Double(arrivals.count) * Double(open))
        }
        return status
    }
}
