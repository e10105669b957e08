import MoE2Core
import MoE2Testing
import Testing

@testable import MoE2Gate

@Suite struct TeamLedgerTests {
    private func name(_ number: Int) -> ExpertID { ExpertID(rawValue: "e\(number)")! }

    /// Whatever is asked, claimed and ended, no more is ever set aside or spent than the limit.
    @Test(arguments: 0..<50) func theLimitIsKept(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let limit = Energy.joules(10)
        let ledger = TeamLedger(limit: limit)
        var running: [ExpertID: Energy] = [:]
        var spent = Energy.zero
        for number in 0..<60 {
            if Bool.random(using: &random) {
                let allowance = Energy.joules(Double.random(in: 0...4, using: &random))
                if ledger.claim(name(number), allowance: allowance) { running[name(number)] = allowance }
            } else if let (expert, allowance) = running.randomElement(using: &random) {
                let energy = allowance * Double.random(in: 0...1, using: &random)
                running[expert] = nil
                spent += energy
                ledger.settle(expert, spent: energy)
            }
            let aside = running.values.reduce(spent, +)
            #expect(aside.joules <= limit.joules + 1e-9, "seed \(seed)")
            #expect(abs((ledger.free ?? .zero).joules - (limit - aside).joules) < 1e-9, "seed \(seed)")
        }
    }

    @Test func anExpertIsAskedOnce() {
        let ledger = TeamLedger(limit: nil)
        ledger.ask(name(1), allowance: nil)
        #expect(!ledger.claim(name(1), allowance: nil))
        #expect(ledger.claim(name(2), allowance: nil))
        #expect(!ledger.claim(name(2), allowance: nil))
        #expect(ledger.asked == [name(1), name(2)])
        #expect(ledger.free == nil)
    }
}
