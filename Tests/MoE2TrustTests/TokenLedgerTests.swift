import FoundationEssentials
import MoE2Core
import MoE2Testing
import Testing

@testable import MoE2Trust

@Suite struct TokenLedgerTests {
    /// Noon of a day, UTC.
    private let noon = Date(timeIntervalSince1970: 20_000 * 86_400 + 43_200)

    private func entry(
        perQuery: Energy? = nil,
        perDay: Energy? = nil,
        perMinute: Int? = nil
    ) throws -> TokenEntry {
        var entry = TokenEntry(name: try ClientName("a"), token: "t", scopes: [.query])
        entry.energyPerQuery = perQuery
        entry.energyPerDay = perDay
        entry.queriesPerMinute = perMinute
        return entry
    }

    private func refusal(_ body: () throws -> Void) -> StatusError? {
        do {
            try body()
            return nil
        } catch {
            return error as? StatusError
        }
    }

    @Test func withoutBudgetsEverythingIsAdmitted() throws {
        var ledger = TokenLedger()
        for _ in 0..<1000 {
            #expect(try ledger.admit(try entry(), at: noon) == nil)
            ledger.spend(.joules(1e9), by: try entry(), at: noon)
        }
    }

    @Test func aQueryMayCostWhatIsLeftOfTheDay() throws {
        var ledger = TokenLedger()
        let entry = try entry(perQuery: .joules(20), perDay: .joules(30))
        #expect(try ledger.admit(entry, at: noon) == .joules(20))
        ledger.spend(.joules(15), by: entry, at: noon)
        #expect(try ledger.admit(entry, at: noon) == .joules(15))
        ledger.spend(.joules(15), by: entry, at: noon)
        let error = refusal { _ = try ledger.admit(entry, at: noon) }
        #expect(error?.code == .resourceExhausted)
        #expect(error?.retryAfter == .seconds(43_200))
        #expect(ledger.spent(by: entry.name, at: noon) == .joules(30))
        // A new day.
        let tomorrow = noon.addingTimeInterval(43_200)
        #expect(ledger.spent(by: entry.name, at: tomorrow) == .zero)
        #expect(try ledger.admit(entry, at: tomorrow) == .joules(20))
    }

    @Test func queriesPerMinuteRefillEvenly() throws {
        var ledger = TokenLedger()
        let entry = try entry(perMinute: 6)
        for _ in 0..<6 { _ = try ledger.admit(entry, at: noon) }
        let error = refusal { _ = try ledger.admit(entry, at: noon) }
        #expect(error?.code == .resourceExhausted)
        #expect(error?.retryAfter == .seconds(10))
        _ = try ledger.admit(entry, at: noon.addingTimeInterval(10))
        #expect(refusal { _ = try ledger.admit(entry, at: noon.addingTimeInterval(11)) } != nil)
        // However long nobody asked, there is no more than a minute's worth.
        for _ in 0..<6 { _ = try ledger.admit(entry, at: noon.addingTimeInterval(3600)) }
        #expect(refusal { _ = try ledger.admit(entry, at: noon.addingTimeInterval(3600)) } != nil)
    }

    /// Whatever the pattern, no window of a minute holds more than two minutes' worth: a full bucket and its refill.
    @Test(arguments: 0..<20) func noMinuteHoldsMoreThanTheBucketAndItsRefill(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var ledger = TokenLedger()
        let limit = Int.random(in: 1...20, using: &random)
        let entry = try entry(perMinute: limit)
        var admitted: [Double] = []
        var time = 0.0
        for _ in 0..<2000 {
            time += Double.random(in: 0...(2 * 60 / Double(limit)) * 0.5, using: &random)
            if (try? ledger.admit(entry, at: noon.addingTimeInterval(time))) != nil { admitted.append(time) }
        }
        for start in admitted {
            let inWindow = admitted.count { $0 >= start && $0 < start + 60 }
            #expect(inWindow <= 2 * limit, "seed \(seed)")
        }
    }

    @Test func aClockSetBackAndBadEnergiesGiveNothingAway() throws {
        var ledger = TokenLedger()
        let entry = try entry(perDay: .joules(10), perMinute: 1)
        _ = try ledger.admit(entry, at: noon)
        #expect(refusal { _ = try ledger.admit(entry, at: noon.addingTimeInterval(-30)) } != nil)
        ledger.spend(.joules(-100), by: entry, at: noon)
        ledger.spend(.joules(.nan), by: entry, at: noon)
        #expect(ledger.spent(by: entry.name, at: noon) == .zero)
    }

    @Test func revokedClientsAreForgotten() throws {
        var ledger = TokenLedger()
        let entry = try entry(perDay: .joules(10))
        ledger.spend(.joules(4), by: entry, at: noon)
        ledger.keep([entry.name])
        #expect(ledger.spent(by: entry.name, at: noon) == .joules(4))
        ledger.keep([])
        #expect(ledger.spent(by: entry.name, at: noon) == .zero)
    }
}
