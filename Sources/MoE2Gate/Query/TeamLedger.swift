import MoE2Core
import Synchronization

/// The experts that a query's team has asked, and what its shards may still take of the query's energy. The members share it.
///
/// What a running shard may take is set aside; what an ended one has left is free again. So shards that are started later never
/// bring the team above its limit.
final class TeamLedger: Sendable {
    private struct State {
        var spent = Energy.zero
        var reserved: [ExpertID: Energy] = [:]
        var asked: Set<ExpertID> = []
    }

    private let limit: Energy?
    private let state = Mutex(State())

    /// A ledger of a team that may take `limit` in all; nil when it is not limited.
    init(limit: Energy?) { self.limit = limit }

    /// Every expert that was asked, whatever became of it.
    var asked: Set<ExpertID> { state.withLock { $0.asked } }

    /// What nobody has taken or may take; nil when the team is not limited.
    var free: Energy? { state.withLock { free($0) } }

    /// Notes that `expert` is asked and may take `allowance`.
    func ask(_ expert: ExpertID, allowance: Energy?) {
        state.withLock { state in
            state.asked.insert(expert)
            state.reserved[expert] = allowance ?? .zero
        }
    }

    /// Does the same for an expert that may be asked if nobody did yet and if its energy is free.
    /// - Returns: whether it may be.
    func claim(_ expert: ExpertID, allowance: Energy?) -> Bool {
        state.withLock { state in
            if let free = free(state) {
                guard let allowance, allowance <= free else { return false }
                state.reserved[expert] = allowance
            }
            return state.asked.insert(expert).inserted
        }
    }

    /// The shard of `expert` ended after it took `energy`.
    func settle(_ expert: ExpertID, spent energy: Energy) {
        state.withLock { state in
            state.reserved[expert] = nil
            state.spent += energy
        }
    }

    private func free(_ state: State) -> Energy? {
        limit.map { max(.zero, $0 - state.reserved.values.reduce(state.spent, +)) }
    }
}
