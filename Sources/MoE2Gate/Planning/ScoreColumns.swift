import MoE2Core

/// The scores of one category's calibration prompts, expert by expert: they do not change while the scorer does not, so a newcomer costs
/// only its own.
struct ScoreColumns: Sendable {
    private(set) var source: ScoreSource
    private var version: Int
    private var experts: [ExpertID: Expert] = [:]
    private var columns: [ExpertID: [Double]] = [:]
    /// What stands for the scores of an expert that was never calibrated: it ranks behind all others.
    private var floor = -1.0

    init(category: Category, version: Int) {
        source = ScoreSource(category: category, revision: 0)
        self.version = version
    }

    /// One column for each of `experts`; `texts` are the prompts, always the same.
    mutating func columns(
        of experts: [Expert],
        texts: [String],
        scorer: any ExpertScorer,
        version: Int
    ) -> [[Double]] {
        let isStale = version != self.version || experts.contains { self.experts[$0.id] ?? $0 != $0 }
        if isStale { forget(version) }
        let unknown = experts.filter { self.experts[$0.id] == nil }
        if !unknown.isEmpty { add(unknown, texts, scorer) }
        let missing = [Double](repeating: floor, count: texts.count)
        return experts.map { columns[$0.id] ?? missing }
    }

    private mutating func forget(_ version: Int) {
        self.version = version
        source.revision += 1
        experts = [:]
        columns = [:]
        floor = -1
    }

    private mutating func add(_ unknown: [Expert], _ texts: [String], _ scorer: any ExpertScorer) {
        var added: [ExpertID: [Double]] = [:]
        for text in texts {
            for (expert, score) in scorer.scores(prompt: text, category: source.category, of: unknown) {
                added[expert, default: []].append(score)
            }
        }
        // A scorer knows an expert for every prompt or for none.
        columns.merge(added.filter { $0.value.count == texts.count }) { _, new in new }
        let least = (columns.values.lazy.compactMap { $0.min() }.min() ?? 0) - 1
        let hasUncalibrated = experts.keys.contains { columns[$0] == nil }
        for expert in unknown { experts[expert.id] = expert }
        // A new lowest score changes what stands for the experts without any.
        if least != floor, hasUncalibrated { source.revision += 1 }
        floor = least
    }
}
