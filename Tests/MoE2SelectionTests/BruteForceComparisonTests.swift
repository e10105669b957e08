import MoE2Selection
import MoE2Testing
import Testing

@Suite struct BruteForceComparisonTests {
    @Test("The solver finds the value and the set that enumeration finds", arguments: 1...12)
    func agreesWithEnumeration(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for index in 0..<100 {
            let problem = try RandomProblems.make(&random)
            let expected = try BruteForce(SolveOptions(now: standingClock)).solve(problem)
            let found = problem.solved()
            let label: Comment = "seed \(seed), problem \(index)"
            #expect(found.status == expected.status, label)
            #expect(abs(found.value - expected.value) <= 1e-9, label)
            #expect(CertificateChecker(problem).faults(found).isEmpty, label)
            if found.status == .infeasible {
                #expect(found.binding == expected.binding && !found.binding.isEmpty, label)
            } else if problem.temperature == 0 {
                #expect(found.isCanonical, label)
                #expect(found.set == expected.set, label)
            }
        }
    }

    @Test("Up to 16 experts the solver finds what enumeration apart from the library finds", arguments: 1...16)
    func agreesWithEnumerationApart(seed: UInt64) throws {
        var random = SeededGenerator(seed: 1000 + seed)
        for index in 0..<2 {
            let experts = 13 + Int(seed % 4)
            let problem = try RandomProblems.make(&random, smallest: experts, largest: experts, prompts: [1, 3, 8])
            let expected = Enumerator(problem).best
            let found = problem.solved()
            let label: Comment = "seed \(1000 + seed), problem \(index)"
            #expect((found.status == .infeasible) == (expected == nil), label)
            #expect(CertificateChecker(problem).faults(found).isEmpty, label)
            guard let expected else { continue }
            #expect(found.status == .optimal && abs(found.value - expected.value) <= 1e-9, label)
            if problem.temperature == 0 { #expect(found.isCanonical && found.set == expected.set, label) }
        }
    }

    @Test("Both enumerations agree", arguments: 1...2)
    func enumerationsAgree(seed: UInt64) throws {
        var random = SeededGenerator(seed: 2000 + seed)
        for _ in 0..<40 {
            let problem = try RandomProblems.make(&random, largest: 7)
            let (one, other) = (
                try BruteForce(SolveOptions(now: standingClock)).solve(problem), Enumerator(problem).best
            )
            #expect((one.status == .infeasible) == (other == nil), "seed \(2000 + seed)")
            guard let other else { continue }
            #expect(abs(one.value - other.value) <= 1e-9, "seed \(2000 + seed)")
            if problem.temperature == 0 { #expect(one.set == other.set, "seed \(2000 + seed)") }
        }
    }
}
