import MoE2Core
import MoE2Testing
import Testing

@testable import MoE2Energy

@Suite struct EnergyLedgerTests {
    private let a = ShardID(rawValue: "a")!
    private let b = ShardID(rawValue: "b")!

    private func interval(_ joules: Double, seconds: Int = 1) -> EnergyInterval {
        EnergyInterval(duration: .seconds(seconds), energy: .joules(joules))
    }

    @Test func energyAboveTheBaselineIsSplitByTokens() {
        var ledger = EnergyLedger()
        ledger.begin(a)
        ledger.begin(b)
        ledger.work(a, promptTokens: 0, completionTokens: 30)
        ledger.work(b, promptTokens: 0, completionTokens: 10)
        ledger.book(interval(50), idle: .watts(10), source: .measured)
        #expect(ledger.end(a) == ShardEnergy(energy: .joules(30), source: .measured))
        #expect(ledger.end(b) == ShardEnergy(energy: .joules(10), source: .measured))
        #expect(ledger.baseline == .joules(10))
    }

    @Test func aShardThatReadsItsPromptCountsAsMuchAsTheMean() {
        var ledger = EnergyLedger()
        ledger.begin(a)
        ledger.begin(b)
        ledger.work(a, promptTokens: 0, completionTokens: 7)
        ledger.book(interval(8), idle: .zero, source: .measured)
        #expect(ledger.end(b)?.energy == .joules(4))
        #expect(ledger.end(a)?.energy == .joules(4))
    }

    @Test func withoutAnyTokenShardsShareEvenly() {
        var ledger = EnergyLedger()
        ledger.begin(a)
        ledger.begin(b)
        ledger.book(interval(8), idle: .zero, source: .measured)
        #expect(ledger.end(a)?.energy == .joules(4))
    }

    @Test func theWeakestSourceIsTold() {
        var ledger = EnergyLedger()
        ledger.begin(a)
        ledger.book(interval(1), idle: .zero, source: .modelled)
        ledger.book(interval(1), idle: .zero, source: .measured)
        #expect(ledger.end(a)?.source == .modelled)
        #expect(ledger.end(a) == nil)
    }

    @Test func whatNoShardCausedIsLeftUnattributed() {
        var ledger = EnergyLedger()
        ledger.book(interval(12), idle: .watts(5), source: .measured)
        #expect(ledger.unattributed == .joules(7))
        #expect(ledger.baseline == .joules(5))
    }

    /// Whatever happens, the parts add up to what the host used, and none is negative.
    @Test(arguments: 0..<200)
    func nothingIsLostOrNegative(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var ledger = EnergyLedger()
        var running: [ShardID] = []
        var booked = 0.0
        var used = 0.0
        for index in 0..<200 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<2:
                let shard = ShardID(rawValue: "s\(index)")!
                running.append(shard)
                ledger.begin(shard)
            case 2 where !running.isEmpty:
                let shard = running.remove(at: Int.random(in: 0..<running.count, using: &random))
                let cost = ledger.end(shard)
                #expect(cost != nil, "seed \(seed)")
                #expect((cost?.energy.joules ?? -1) >= 0, "seed \(seed)")
                booked += cost?.energy.joules ?? 0
            case 3..<6:
                guard let shard = running.randomElement(using: &random) else { continue }
                ledger.work(
                    shard,
                    promptTokens: Int.random(in: -5..<500, using: &random),
                    completionTokens: Int.random(in: -5..<50, using: &random)
                )
            default:
                let joules = Double.random(in: 0...20, using: &random)
                used += joules
                ledger.book(
                    EnergyInterval(
                        duration: .milliseconds(Int.random(in: 0..<2_000, using: &random)),
                        energy: .joules(joules)
                    ),
                    idle: .watts(Double.random(in: 0...15, using: &random)),
                    source: .measured
                )
            }
        }
        for shard in running { booked += ledger.end(shard)?.energy.joules ?? 0 }
        #expect(ledger.unattributed.joules >= 0 && ledger.baseline.joules >= 0, "seed \(seed)")
        let sum = booked + ledger.unattributed.joules + ledger.baseline.joules
        #expect(abs(sum - used) <= 1e-9 * max(1, used), "seed \(seed): \(sum) J of \(used) J")
        #expect(!ledger.isWorking)
    }

    @Test func figuresThatCannotBeAreNotBooked() {
        var ledger = EnergyLedger()
        ledger.begin(a)
        for joules in [Double.nan, .infinity, -1] { ledger.book(interval(joules), idle: .zero, source: .measured) }
        #expect(ledger.end(a)?.energy == .zero)
    }
}
