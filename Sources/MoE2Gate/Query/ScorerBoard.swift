import Synchronization

/// The scorer in force. Queries read it; loading a new gate file or a change of the fleet replaces it.
final class ScorerBoard: Sendable {
    private let current: Mutex<(scorer: any ExpertScorer, version: Int)>

    init(_ scorer: any ExpertScorer) { current = Mutex((scorer, 0)) }

    var scorer: any ExpertScorer {
        get { current.withLock { $0.scorer } }
        set { current.withLock { $0 = (newValue, $0.version + 1) } }
    }

    /// Counts the scorers that were in force: what was computed with another one is stale.
    var version: Int { current.withLock { $0.version } }

    /// Makes what was computed so far stale: the scorer has learned more. Does nothing and returns nil when `version` is no
    /// longer in force; the new version otherwise.
    func renew(_ version: Int) -> Int? {
        current.withLock { current in
            guard current.version == version else { return nil }
            current.version += 1
            return current.version
        }
    }
}
