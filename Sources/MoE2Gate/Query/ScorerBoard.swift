import Synchronization

/// The scorer in force. Queries read it; loading a new gate file or a change of the fleet replaces it.
final class ScorerBoard: Sendable {
    private let current: Mutex<any ExpertScorer>

    init(_ scorer: any ExpertScorer) { current = Mutex(scorer) }

    var scorer: any ExpertScorer {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}
