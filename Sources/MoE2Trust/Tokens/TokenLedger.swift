public import FoundationEssentials
public import MoE2Core

/// What clients used of their budgets. Pure: times are parameters.
///
/// Queries per minute are a bucket that holds a minute's worth and refills evenly. Energy is added up per day, which
/// begins at 00:00 UTC. A query is admitted while anything is left, with the rest as its energy limit, so that only
/// queries at the same time can go over a day's budget, each by at most its own limit.
public struct TokenLedger: Sendable {
    private struct Account: Sendable {
        var day = 0
        var spent = Energy.zero
        var queries: Double
        var refilled: Date
    }

    private static let secondsPerDay = 86_400.0
    /// By client; one for every client that asked and has a budget.
    private var accounts: [ClientName: Account] = [:]

    /// A ledger of nothing.
    public init() {}

    /// Takes one query of `entry` at the time `now` from its budgets.
    /// - Returns: the most energy that the query may cost; nil when not limited.
    /// - Throws: `resourceExhausted` with the budget that is used up and when there is more.
    public mutating func admit(_ entry: TokenEntry, at now: Date) throws(StatusError) -> Energy? {
        var account = account(of: entry, at: now)
        defer { accounts[entry.name] = account }
        if let limit = entry.energyPerDay, account.spent >= limit {
            let untilTomorrow = Double(account.day + 1) * Self.secondsPerDay - now.timeIntervalSince1970
            throw StatusError(
                .resourceExhausted,
                """
                the client '\(entry.name)' used its \(limit.joules) J of today: ask again tomorrow (UTC), or have its \
                energy_per_day raised
                """,
                retryAfter: .milliseconds(clamping: untilTomorrow * 1000)
            )
        }
        if let limit = entry.queriesPerMinute {
            guard account.queries >= 1 else {
                throw StatusError(
                    .resourceExhausted,
                    "the client '\(entry.name)' may ask \(limit) queries a minute: ask more slowly, or have its "
                        + "queries_per_minute raised",
                    retryAfter: .milliseconds(clamping: (1 - account.queries) * 60_000 / Double(limit))
                )
            }
            account.queries -= 1
        }
        let left = entry.energyPerDay.map { $0 - account.spent }
        return [entry.energyPerQuery, left].compactMap { $0 }.min()
    }

    /// Books what a query of `entry` cost.
    public mutating func spend(_ energy: Energy, by entry: TokenEntry, at now: Date) {
        guard energy.isValidCost else { return }
        var account = account(of: entry, at: now)
        account.spent = account.spent + energy
        accounts[entry.name] = account
    }

    /// What the client spent on the day of `now`.
    public func spent(by name: ClientName, at now: Date) -> Energy {
        guard let account = accounts[name], account.day == Self.day(now) else { return .zero }
        return account.spent
    }

    /// Forgets clients that are gone.
    public mutating func keep(_ names: Set<ClientName>) {
        accounts = accounts.filter { names.contains($0.key) }
    }

    /// The client's account, brought up to `now`.
    private func account(of entry: TokenEntry, at now: Date) -> Account {
        let capacity = Double(entry.queriesPerMinute ?? 0)
        var account = accounts[entry.name] ?? Account(day: Self.day(now), queries: capacity, refilled: now)
        if account.day != Self.day(now) {
            account.day = Self.day(now)
            account.spent = .zero
        }
        // A clock that was set back refills nothing.
        let elapsed = max(0, now.timeIntervalSince(account.refilled))
        account.queries = min(capacity, account.queries + elapsed / 60 * capacity)
        account.refilled = now
        return account
    }

    private static func day(_ time: Date) -> Int { Int((time.timeIntervalSince1970 / secondsPerDay).rounded(.down)) }
}
