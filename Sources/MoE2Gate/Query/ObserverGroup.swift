import MoE2Core

/// Passes what happens on to several observers.
struct ObserverGroup: GateObserver {
    private let observers: [any GateObserver]

    init(_ observers: [any GateObserver]) { self.observers = observers }

    func queryStarted(_ query: Query, client: ClientIdentity, category: Category) {
        for observer in observers { observer.queryStarted(query, client: client, category: category) }
    }

    func queryDecided(_ query: QueryID, client: ClientIdentity, decision: TeamDecision) {
        for observer in observers { observer.queryDecided(query, client: client, decision: decision) }
    }

    func shardFinished(_ record: ShardRecord) {
        for observer in observers { observer.shardFinished(record) }
    }

    func queryFinished(_ record: QueryRecord) {
        for observer in observers { observer.queryFinished(record) }
    }

    func planChanged(_ plan: Plan) {
        for observer in observers { observer.planChanged(plan) }
    }
}
