public import MoE2Core

/// Books a host's energy on the shards that ran at the same time.
///
/// One battery of work, many shards: a model server batches them, so no sensor tells what each one took. The energy of an
/// interval above the idle baseline is split in proportion to the tokens that each shard worked off in it; a shard that has
/// no token yet still reads its prompt and counts as much as the mean of the others. What is booked on shards, what is left
/// unattributed and the baseline add up to what the host used, and nothing is ever negative.
public struct EnergyLedger: Hashable, Sendable {
    /// The work of reading a token relative to writing one. Prompts are read in batches: the demo's llama.cpp servers read
    /// about ten tokens in the time that they take to write one.
    public static let promptTokenWork = 0.1

    /// Energy above the baseline at times when no shard ran: other programs' work, for example.
    public private(set) var unattributed = Energy.zero
    /// Energy of the baseline.
    public private(set) var baseline = Energy.zero

    private var accounts: [ShardID: Account] = [:]

    private struct Account: Hashable {
        var energy = Energy.zero
        var source: Provenance?
        /// Work since the last interval was booked.
        var work = 0.0
        /// Whether it ever reported a token.
        var hasTokens = false

        /// Its positive part of the work that all did, or as much as the others' `mean` while it reads its prompt; equal parts
        /// when none did any.
        func share(mean: Double, othersWorked: Bool) -> Double {
            guard othersWorked else { return 1 }
            return work > 0 ? work : hasTokens ? 0 : mean
        }

        mutating func add(_ part: Energy, _ source: Provenance) {
            energy += part
            self.source = self.source.map { source.isWeaker(than: $0) ? source : $0 } ?? source
            work = 0
        }
    }

    /// A ledger without shards.
    public init() {}

    /// Whether a shard runs.
    public var isWorking: Bool { !accounts.isEmpty }

    /// A shard starts. One that runs already goes on.
    public mutating func begin(_ shard: ShardID) {
        if accounts[shard] == nil { accounts[shard] = Account() }
    }

    /// A shard worked off tokens since it last said so. Unknown shards and negative counts are ignored.
    public mutating func work(_ shard: ShardID, promptTokens: Int, completionTokens: Int) {
        guard var account = accounts[shard] else { return }
        account.work += Double(max(0, promptTokens)) * Self.promptTokenWork + Double(max(0, completionTokens))
        account.hasTokens = account.hasTokens || account.work > 0
        accounts[shard] = account
    }

    /// Books an interval on the shards that run now; they must be the ones that ran all through it.
    public mutating func book(_ interval: EnergyInterval, idle: Power, source: Provenance) {
        guard interval.energy.isValidCost, interval.duration >= .zero, idle.isValidCost else { return }
        let still = min(interval.energy, idle * interval.duration)
        baseline += still
        let active = interval.energy - still
        guard isWorking else {
            unattributed += active
            return
        }
        let worked = accounts.values.reduce(into: (count: 0, work: 0.0)) { sum, account in
            guard account.work > 0 else { return }
            sum.count += 1
            sum.work += account.work
        }
        let mean = worked.count > 0 ? worked.work / Double(worked.count) : 1
        let share = { (account: Account) in account.share(mean: mean, othersWorked: worked.count > 0) }
        let total = accounts.values.reduce(0) { $0 + share($1) }
        // In place, without looking any of them up: many shards may run, and this is done whenever one begins or ends.
        var place = accounts.values.startIndex
        while place != accounts.values.endIndex {
            accounts.values[place].add(active * (share(accounts.values[place]) / total), source)
            accounts.values.formIndex(after: &place)
        }
    }

    /// What was booked so far on a shard that runs; zero for one that does not.
    public func spent(_ shard: ShardID) -> Energy { accounts[shard]?.energy ?? .zero }

    /// A shard ended, however it ended. Book the interval up to its end first.
    /// - Returns: What was booked on it; nil for a shard that does not run.
    public mutating func end(_ shard: ShardID) -> ShardEnergy? {
        accounts.removeValue(forKey: shard).map { ShardEnergy(energy: $0.energy, source: $0.source ?? .unknown) }
    }
}
