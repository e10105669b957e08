import MoE2Client
import MoE2Core
import Synchronization

/// Shows a batch's progress on standard error: one line that is redrawn on a terminal, one every ten seconds elsewhere.
final class BatchDisplay: Sendable {
    private static let quietInterval = Duration.seconds(10)

    private struct State {
        var first: (time: ContinuousClock.Instant, finished: Int)?
        var shown: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let redraws = StandardStreams.errorIsTerminal

    func show(_ status: BatchStatus) {
        let now = ContinuousClock.now
        let (rate, isDue) = state.withLock { state -> (Double?, Bool) in
            let first = state.first ?? (now, status.finished)
            state.first = first
            let isDue = redraws || state.shown.map { now - $0 >= Self.quietInterval } ?? true
            if isDue { state.shown = now }
            let seconds = (now - first.time).seconds
            return (seconds > 0.5 ? Double(status.finished - first.finished) / seconds : nil, isDue)
        }
        guard isDue else { return }
        let text =
            status.state == .receiving
            ? "handing over \(status.received)/\(status.lines)" : BatchProgressLine.render(status, rate: rate)
        if redraws { StandardStreams.redraw(text) } else { StandardStreams.note(text) }
    }

    func end(_ status: BatchStatus) {
        if redraws { StandardStreams.redraw("") }
        StandardStreams.note(
            """
            \(status.answered) answered, \(status.failed) failed in \(Display.time(status.elapsed)) for \
            \(Display.energy(status.energy)) (\(status.energySource))
            \(BatchProgressLine.shards(status))
            """
        )
    }
}
