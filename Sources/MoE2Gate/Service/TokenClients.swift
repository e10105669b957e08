import FoundationEssentials
import MoE2Core
import MoE2Trust
import Synchronization

/// Knows clients by the tokens of a token file, and holds them to their budgets.
final class TokenClients: ClientAuthorizer {
    private struct State {
        var file: TokenFile
        var ledger = TokenLedger()
    }

    private let state: Mutex<State>
    private let now: @Sendable () -> Date

    /// The clients of `file`. `now` is the wall clock.
    init(_ file: TokenFile, now: @escaping @Sendable () -> Date = { Date() }) {
        state = Mutex(State(file: file))
        self.now = now
    }

    /// Goes by `file` from now on; what was spent of the budgets stays spent.
    func replace(_ file: TokenFile) {
        state.withLock { state in
            state.file = file
            state.ledger.keep(Set(file.tokens.map(\.name)))
        }
    }

    /// The client that presents `token`. Asking for the scope `query` takes one query from its budget.
    func client(token: String?, scope: ClientScope) throws(StatusError) -> ClientIdentity {
        guard let token, !token.isEmpty else {
            throw StatusError(
                .unauthenticated,
                "this gate wants an API token: give one with --token-file, MOE2_TOKEN or 'authorization: Bearer'"
            )
        }
        let time = now()
        return try state.withLock { state -> Result<ClientIdentity, StatusError> in
            Result { () throws(StatusError) in try Self.client(token, scope, time, &state) }
        }.get()
    }

    private static func client(
        _ token: String,
        _ scope: ClientScope,
        _ time: Date,
        _ state: inout State
    ) throws(StatusError) -> ClientIdentity {
        guard let entry = state.file.entry(for: token) else {
            throw StatusError(
                .unauthenticated,
                "nobody has this API token: it may have been revoked; ask the fleet's owner for another"
            )
        }
        if let end = entry.expires, end <= time {
            throw StatusError(
                .unauthenticated,
                "the API token of '\(entry.name)' expired at \(end.formatted(.iso8601)): ask the fleet's owner for another"
            )
        }
        guard entry.scopes.contains(scope) else {
            throw StatusError(
                .permissionDenied,
                "the API token of '\(entry.name)' lacks the scope '\(scope.rawValue)': ask the fleet's owner for one with it"
            )
        }
        let energy = scope == .query ? try state.ledger.admit(entry, at: time) : entry.energyPerQuery
        return ClientIdentity(name: entry.name.rawValue, energyPerQuery: energy)
    }
}

/// Books what queries cost.
extension TokenClients: GateObserver {
    func queryFinished(_ record: QueryRecord) {
        let time = now()
        state.withLock { state in
            guard let entry = state.file.tokens.first(where: { $0.name.rawValue == record.client.name }) else { return }
            state.ledger.spend(record.usage.energy, by: entry, at: time)
        }
    }

    func queryStarted(_ query: Query, client: ClientIdentity, category: Category) {}
    func queryDecided(_ query: QueryID, client: ClientIdentity, decision: TeamDecision) {}
    func shardFinished(_ record: ShardRecord) {}
    func planChanged(_ plan: Plan) {}
}
