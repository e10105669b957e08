@testable import MoE2Gating

/// Calibration sets drawn from a seed: every expert has a skill, and one more in the category that it knows best.
enum SyntheticSet {
    static let categories = ["maths", "law", "music"]

    static func names(_ count: Int) -> [String] { (0..<count).map { "expert-\($0)" } }

    static func choices(experts: Int = 4, prompts: Int = 240, options: Int = 4, seed: UInt64 = 7) -> CalibrationSet {
        make(.choice, experts, prompts, options, seed) { random, options, right, skill in
            var logits = (0..<options).map { _ in 1.5 * gaussian(&random) }
            logits[right] += 2.5 * skill
            return .choice(logits)
        }
    }

    static func votes(experts: Int = 4, prompts: Int = 240, options: Int = 6, seed: UInt64 = 7) -> CalibrationSet {
        make(.vote, experts, prompts, options, seed) { random, options, right, skill in
            if random.unit() < 0.05 { return .vote(option: nil, length: nil) }
            let isRight = random.unit() < 0.25 + 0.6 * skill
            let vote = isRight ? right : Int.random(in: 0..<options, using: &random)
            return .vote(option: vote, length: isRight ? 400 : 900)
        }
    }

    static func scores(experts: Int = 3, prompts: Int = 200, seed: UInt64 = 7) -> CalibrationSet {
        make(.score, experts, prompts, 0, seed) { random, _, _, skill in
            .score(min(max(skill + 0.1 * gaussian(&random), 0), 1))
        }
    }

    private static func make(
        _ kind: AnswerKind,
        _ experts: Int,
        _ prompts: Int,
        _ options: Int,
        _ seed: UInt64,
        _ answer: (inout SplitMix64, _ options: Int, _ right: Int, _ skill: Double) -> ExpertAnswer
    ) -> CalibrationSet {
        var random = SplitMix64(seed: seed)
        var list: [CalibrationPrompt] = []
        var answers = [[ExpertAnswer?]](repeating: [], count: experts)
        for number in 0..<prompts {
            let category = number % categories.count
            let right = options > 0 ? Int.random(in: 0..<options, using: &random) : 0
            list.append(
                CalibrationPrompt(
                    id: "p\(number)",
                    split: number % 5 == 0 ? "test" : "train",
                    text: "\(categories[category]) question about \(words(category, &random))",
                    labels: ["category:\(categories[category])"],
                    optionCount: options,
                    answer: options > 0 ? right : nil
                )
            )
            for expert in 0..<experts {
                let skill = 0.15 + 0.1 * Double(expert) + (expert % categories.count == category ? 0.4 : 0)
                answers[expert].append(answer(&random, options, right, skill))
            }
        }
        guard let set = try? CalibrationSet(kind: kind, experts: names(experts), prompts: list, answers: answers)
        else { preconditionFailure("the synthetic set is well-formed") }
        return set
    }

    private static func words(_ category: Int, _ random: inout SplitMix64) -> String {
        let vocabulary = [
            ["sums", "primes", "angles"], ["contracts", "torts", "courts"], ["scales", "chords", "fugues"],
        ]
        return (0..<4).map { _ in vocabulary[category][Int.random(in: 0..<3, using: &random)] }.joined(separator: " ")
    }

    static func gaussian(_ random: inout SplitMix64) -> Double {
        (0..<12).reduce(-6.0) { sum, _ in sum + random.unit() }
    }
}
