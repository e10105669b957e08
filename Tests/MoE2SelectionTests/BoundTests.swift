import MoE2Testing
import Testing

@testable import MoE2Selection

/// The bounds hold for all multipliers, not only for the good ones that a solve comes to.
@Suite struct BoundTests {
    /// Checks the bound of `relaxation` at random multipliers against the value of every set that holds `included`.
    private func check(
        _ relaxation: some Relaxation,
        _ model: Model,
        words: Int,
        _ random: inout SeededGenerator,
        _ label: Comment
    ) throws {
        let all = Array(0..<model.count).shuffled(using: &random)
        let included = ExpertSet(capacity: model.count, all.prefix(random.below(model.count)))
        let free = all.filter { !included.contains($0) }.sorted().prefix(7)
        let buffer = Buffer<UInt16>(words, 0)
        for word in 0..<words { buffer[word] = UInt16(random.below(random.pick([2, 3000, 65536]))) }
        let never = Interrupt(SolveOptions(now: standingClock))
        let whole = ExpertSet(capacity: model.count, all)
        let worth = try relaxation.exactValue(whole, never)
        for member in relaxation.needed(of: whole).members {
            let rest = ExpertSet(capacity: model.count, all.filter { $0 != member })
            #expect(try rest.isEmpty || relaxation.exactValue(rest, never) < worth, label)
        }
        try relaxation.load(included: included, free: Array(free), multipliers: Multipliers(buffer), never)
        var share = [Float](repeating: 0, count: free.count)
        for step in 0..<4 {
            if step > 0 {
                for column in share.indices { share[column] = Float(random.uniform()) }
                relaxation.step(share: share, excess: 1000 * random.uniform())
            }
            let constant = relaxation.evaluate()
            for bits in 0..<(1 << free.count) {
                let chosen = free.indices.filter { bits >> $0 & 1 == 1 }
                let set = chosen.reduce(into: included) { $0.insert(free[$1]) }
                guard !set.isEmpty else { continue }
                let bound = chosen.reduce(constant) { $0 + relaxation.gain[$1] }
                let value = try relaxation.exactValue(set, never)
                #expect(value <= bound + relaxation.slack + 1e-3, label)
            }
        }
    }

    @Test(
        "No set is worth more than the bound, whatever the multipliers, and needed members are needed",
        arguments: 1...20
    )
    func holds(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for index in 0..<20 {
            let problem = try RandomProblems.make(&random, largest: 9)
            let model = Model(problem, experts: Array(problem.experts.indices))
            let label: Comment = "seed \(seed), problem \(index)"
            let never = Interrupt(SolveOptions(now: standingClock))
            let scores = try SoftScores(model, never)
            if problem.temperature > 0, model.teamSize > 1, scores.isNarrow {
                try check(SoftRelaxation(scores), model, words: 2 * scores.stride, &random, label)
            } else if problem.temperature == 0 || model.teamSize == 1 {
                let stride = (problem.scores.prompts + 31) / 32 * 32
                try check(CoverRelaxation(model, never), model, words: stride, &random, label)
            }
        }
    }
}
