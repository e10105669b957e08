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
}
