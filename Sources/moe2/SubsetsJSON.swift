import MoE2Gating

/// What `moe2 evaluate --json` prints about all subsets of the pool.
struct SubsetsJSON: Encodable {
    struct Subset: Encodable {
        let accuracy: Double
        let nll: Double?
        let retrainedNLL: Double?
        let accuracyError: Double
        let nllError: Double?
        let gapError: Double?

        enum CodingKeys: String, CodingKey {
            case accuracy, nll
            case accuracyError = "accuracy_se"
            case nllError = "nll_se"
            case gapError = "gap_se"
            case retrainedNLL = "retrained_nll"
        }
    }

    let count: Int
    let pairs: Int
    let monotonePairs: Double
    let worstViolation: Double
    let worstGap: Double?
    let bySubset: [String: Subset]

    enum CodingKeys: String, CodingKey {
        case count, pairs
        case monotonePairs = "monotone_pairs"
        case worstViolation = "worst_violation"
        case worstGap = "worst_gap"
        case bySubset = "by_subset"
    }

    init(_ report: SubsetReport, names: [String]) {
        count = report.entries.count
        pairs = report.pairs
        monotonePairs = report.pairs == 0 ? 1 : Double(report.pairs - report.violations) / Double(report.pairs)
        worstViolation = report.worstViolation
        worstGap = report.worstGap
        bySubset = Dictionary(
            report.entries.map { entry in
                (
                    entry.members.map { names[$0] }.joined(separator: ","),
                    Subset(
                        accuracy: entry.accuracy,
                        nll: entry.nll,
                        retrainedNLL: entry.retrainedNLL,
                        accuracyError: entry.accuracyError,
                        nllError: entry.nllError,
                        gapError: entry.gapError
                    )
                )
            },
            uniquingKeysWith: { first, _ in first }
        )
    }
}
