/// How the gate does on every subset of a pool, and how often a larger set does worse.
public struct SubsetReport: Sendable {
    /// One subset.
    public struct Entry: Sendable {
        /// Gate numbers of the members.
        public let members: [Int]
        /// Mean quality.
        public let accuracy: Double
        /// Mean negative log-likelihood, nats; `nil` for free text.
        public let nll: Double?
        /// The same for a gate trained for these members alone; `nil` if none was trained.
        public let retrainedNLL: Double?
        /// Standard error of `accuracy`.
        public let accuracyError: Double
        /// Standard error of `nll`.
        public let nllError: Double?
        /// Standard error of `gap`, over the differences prompt by prompt.
        public let gapError: Double?

        /// What renormalising loses against retraining, nats.
        public var gap: Double? { nll.flatMap { own in retrainedNLL.map { own - $0 } } }
    }

    /// All non-empty subsets; entry `i` holds the pool's members at the set bits of `i + 1`.
    public let entries: [Entry]
    /// The number of pairs of a set and the set with one more expert.
    public let pairs: Int
    /// Pairs whose loss grows by more than `tolerance`.
    public let violations: Int
    /// The largest growth of the loss in a pair, 0 if none grows.
    public let worstViolation: Double
    /// The largest loss of renormalising against retraining, nats; `nil` if nothing was retrained.
    public var worstGap: Double? { entries.compactMap(\.gap).max() }

    /// The growth of the loss, in nats (or quality for free text), that is not counted.
    public static let tolerance = 0.002
    /// The largest pool whose subsets are enumerated.
    public static let maximumPool = 10

    /// Evaluates every subset of the evaluator's pool; `nil` for pools of more than `maximumPool` experts. `retrained` yields
    /// what a gate trained for a subset (gate numbers, ascending) alone does on the evaluator's prompts.
    public init?(
        _ evaluator: Evaluator,
        retrained: (([Int]) throws(GatingError) -> [PromptResult]?)? = nil
    ) throws(GatingError) {
        let pool = evaluator.pool
        guard pool.count <= Self.maximumPool else { return nil }
        var entries: [Entry] = []
        for mask in 1..<(1 << pool.count) {
            let members = pool.indices.filter { mask >> $0 & 1 == 1 }.map { pool[$0] }
            guard let results = evaluator.results(.moe2, members: members) else { return nil }
            entries.append(Self.entry(members, results, try retrained?(members.sorted())))
        }
        let growths = Self.growths(entries.map { $0.nll ?? -$0.accuracy }, experts: pool.count)
        self.entries = entries
        pairs = growths.count
        violations = growths.reduce(0) { $0 + ($1 > Self.tolerance ? 1 : 0) }
        worstViolation = max(growths.max() ?? 0, 0)
    }

    private static func entry(_ members: [Int], _ results: [PromptResult], _ retrained: [PromptResult]?) -> Entry {
        let (accuracy, nll) = means(results)
        let losses = results.compactMap(\.negativeLogLikelihood)
        let others = retrained?.compactMap(\.negativeLogLikelihood)
        return Entry(
            members: members,
            accuracy: accuracy,
            nll: nll,
            retrainedNLL: retrained.flatMap { means($0).nll },
            accuracyError: standardError(results.map(\.quality)),
            nllError: nll == nil ? nil : standardError(losses),
            gapError: others.map { standardError(zip(losses, $0).map { $0 - $1 }) }
        )
    }

    /// The standard deviation of `values` divided by the root of their number.
    static func standardError(_ values: [Double]) -> Double {
        guard values.count > 1 else { return 0 }
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        return (variance / count).squareRoot()
    }

    /// Mean quality and, unless it is free text, mean negative log-likelihood.
    public static func means(_ results: [PromptResult]) -> (accuracy: Double, nll: Double?) {
        let losses = results.compactMap(\.negativeLogLikelihood)
        let count = Double(max(results.count, 1))
        return (
            results.reduce(0) { $0 + $1.quality } / count,
            losses.count == results.count ? losses.reduce(0, +) / count : nil
        )
    }

    /// loss(S ∪ {n}) − loss(S) for every non-empty S and n ∉ S; `losses[mask − 1]`.
    public static func growths(_ losses: [Double], experts: Int) -> [Double] {
        var growths: [Double] = []
        for mask in 1..<(1 << experts) {
            for expert in 0..<experts where mask >> expert & 1 == 0 {
                growths.append(losses[(mask | 1 << expert) - 1] - losses[mask - 1])
            }
        }
        return growths
    }
}
