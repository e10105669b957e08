import MoE2Core
import MoE2Gating

/// Scores by a trained gate.
struct GateScorer: ExpertScorer {
    let model: GateModel
    private let numbers: [ExpertID: Int]

    init(_ model: GateModel) {
        self.model = model
        numbers = Dictionary(
            model.experts.enumerated().compactMap { number, name in ExpertID(rawValue: name).map { ($0, number) } },
            uniquingKeysWith: { first, _ in first }
        )
    }

    var temperature: Double { model.temperature }
    var origin: String { "a gate trained on \(model.trainingPrompts) prompts" }

    func scores(prompt: String, category: Category, of experts: [Expert]) -> [ExpertID: Double] {
        let scores = model.scores(prompt: prompt, category: category.rawValue)
        var known: [ExpertID: Double] = [:]
        for expert in experts {
            if let number = numbers[expert.id] { known[expert.id] = scores[number] }
        }
        return known
    }
}
