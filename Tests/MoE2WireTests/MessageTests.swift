import MoE2Core
import MoE2Testing
import MoE2Wire
import Testing

@Suite(.timeLimit(.minutes(2))) struct MessageTests {
    @Test(arguments: Specimen.all) func whatIsPackedIsUnpacked(specimen: Specimen) throws {
        for seed in UInt64(0)..<200 {
            var random = RandomMessages(seed: seed)
            #expect(!(try specimen.roundTrip(&random)).isEmpty || specimen.mayBeEmpty, "seed \(seed)")
        }
    }

    /// Damaged messages are refused or mean something else; nothing crashes, hangs or reads what is not there.
    @Test(arguments: Specimen.all) func damagedMessagesNeverCrash(specimen: Specimen) throws {
        for seed in UInt64(0)..<100 {
            var random = RandomMessages(seed: seed)
            var mutator = Mutator(seed: seed)
            let good = try specimen.roundTrip(&random)
            for round in 0..<100 {
                let bytes = mutator.mutate(good)
                if (try? specimen.accepts(bytes)) == nil {
                    Issue.record("\(specimen.testDescription), seed \(seed), round \(round): accepted, but not stable")
                }
            }
        }
    }

    /// Bytes of chance, which are no message at all.
    @Test(arguments: 0..<8) func noiseNeverCrashes(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let bytes = (0..<Int.random(in: 0...64, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            for specimen in Specimen.all.prefix(4) { _ = try specimen.accepts(bytes) }
        }
    }
}
