/// The logarithmic opinion pool behind `ChoiceMixer` and `VoteMixer`:
/// p(option) ∝ exp(Σ_n w_n·corrected evidence_n(option)).
enum EvidencePool {
    /// Pools `answers` (expert number and answer). The weights are solved for exactly these experts, so an expert that
    /// stayed silent is treated as if it had not been in the team.
    static func mix(
        _ answers: [(expert: Int, answer: ExpertAnswer)],
        optionCount: Int,
        model: GateModel,
        reading: GateReading
    ) -> Mixture {
        let members = answers.map(\.expert)
        let team = model.weigh(members, reading)
        var logits = [Double](repeating: 0, count: optionCount)
        for (position, (expert, answer)) in answers.enumerated() where team.weights[position] > 0 {
            let weight = team.weights[position] * team.sharpness
            let evidence = model.evidence.evidence(answer, expert: expert, optionCount: optionCount)
            // An answer that says nothing is no reason to prefer a position either.
            guard let correction = model.pool?.correction, evidence.contains(where: { $0 != 0 }) else { continue }
            let bias = correction.bias(of: expert, labels: reading.labels, optionCount: optionCount)
            let share = weight * exponential(-reading.sharpness[expert])
            for option in logits.indices { logits[option] += weight * evidence[option] + share * bias[option] }
        }
        logits.withUnsafeMutableBufferPointer { _ = softmax($0) }
        return Mixture(probabilities: logits, team: team)
    }
}
