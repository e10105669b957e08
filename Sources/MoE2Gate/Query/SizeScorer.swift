import Glibc
import MoE2Core

/// What the gate goes by before it is trained: a larger model is expected to answer better, everything else equal.
///
/// The score is log₁₀ of the parameter count in billions; an expert of unknown size counts as one of a billion.
struct SizeScorer: ExpertScorer {
    var temperature: Double { 0.25 }
    var origin: String { "model size (no gate is trained yet)" }

    func scores(prompt: String, category: Category, of experts: [Expert]) -> [ExpertID: Double] {
        Dictionary(
            experts.map { ($0.id, log10(Double($0.parameters == 0 ? 1_000_000_000 : $0.parameters) / 1e9)) },
            uniquingKeysWith: max
        )
    }
}
