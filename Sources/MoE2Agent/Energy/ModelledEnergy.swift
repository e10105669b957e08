import MoE2Core

/// Energy computed from two configured figures: the host draws `active` while a shard runs and `idle` while none does. The
/// difference is split evenly among the shards that run at the same time.
actor ModelledEnergy: HostEnergy {
    nonisolated let meterName = "model"
    private let idle: Power
    private let active: Power
    private let now: @Sendable () -> Duration
    private var spent: [ShardID: Energy] = [:]
    private var booked: Duration

    init(idle: Power, active: Power, now: @escaping @Sendable () -> Duration) {
        self.idle = idle
        self.active = active
        self.now = now
        booked = now()
    }

    func idlePower() -> Power { idle }
    func power() -> (power: Power, source: Provenance) { (spent.isEmpty ? idle : active, .modelled) }

    func begin(_ shard: ShardID) {
        book()
        if spent[shard] == nil { spent[shard] = .zero }
    }

    func progress(_ shard: ShardID, promptTokens: Int, completionTokens: Int) {}

    func spent(_ shard: ShardID) -> Energy {
        book()
        return spent[shard] ?? .zero
    }

    func end(_ shard: ShardID) -> (energy: Energy, source: Provenance) {
        book()
        return (spent.removeValue(forKey: shard) ?? .zero, .modelled)
    }

    func run() async {}

    private func book() {
        let time = now()
        defer { booked = max(booked, time) }
        guard !spent.isEmpty, time > booked else { return }
        let share = ((active - idle) * (time - booked)) * (1 / Double(spent.count))
        for shard in spent.keys { spent[shard, default: .zero] += share }
    }
}
