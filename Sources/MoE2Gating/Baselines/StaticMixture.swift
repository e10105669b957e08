/// The best input-independent linear mixture, by expectation maximisation on the probabilities of the right answers.
enum StaticMixture {
    static let iterations = 200

    /// Weights that sum to 1, for `likelihoods` `[prompt][expert]`, row-major.
    static func fit(_ likelihoods: [Double], experts: Int) -> [Double] {
        var weights = [Double](repeating: 1 / Double(experts), count: experts)
        let prompts = likelihoods.count / experts
        guard prompts > 0 else { return weights }
        for _ in 0..<iterations {
            var sums = [Double](repeating: 0, count: experts)
            for prompt in 0..<prompts {
                let row = prompt * experts
                var total = 0.0
                for expert in 0..<experts { total += weights[expert] * likelihoods[row + expert] }
                guard total > 0 else { continue }
                for expert in 0..<experts { sums[expert] += weights[expert] * likelihoods[row + expert] / total }
            }
            let all = sums.reduce(0, +)
            guard all > 0 else { return weights }
            weights = sums.map { $0 / all }
        }
        return weights
    }
}
