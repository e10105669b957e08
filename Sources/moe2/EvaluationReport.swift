import FoundationEssentials
import MoE2Gating

/// What `moe2 evaluate` prints.
struct EvaluationReport: Encodable {
    /// One method's numbers.
    struct Method: Encodable {
        struct Intervals: Encodable {
            let accuracy: [Double]
            let nll: [Double]?
        }

        let accuracy: Double
        let nll: Double?
        let n: Int
        let ci95: Intervals

        init(_ metrics: Metrics) {
            accuracy = metrics.accuracy
            nll = metrics.nll
            n = metrics.count
            ci95 = Intervals(
                accuracy: [metrics.accuracyInterval.lowerBound, metrics.accuracyInterval.upperBound],
                nll: metrics.nllInterval.map { [$0.lowerBound, $0.upperBound] }
            )
        }
    }

    struct Subset: Encodable {
        let accuracy: Double
        let nll: Double?
    }

    struct Subsets: Encodable {
        let count: Int
        let monotonePairs: Double
        let worstViolation: Double
        let bySubset: [String: Subset]

        enum CodingKeys: String, CodingKey {
            case count
            case monotonePairs = "monotone_pairs"
            case worstViolation = "worst_violation"
            case bySubset = "by_subset"
        }
    }

    struct Level: Encodable {
        let name: String
        let energyJ: Double?
        let latencyMs: Double?
        let selected: [String]
        let methods: [String: Method]

        enum CodingKeys: String, CodingKey {
            case name
            case energyJ = "energy_j"
            case latencyMs = "latency_ms"
            case selected, methods
        }
    }

    let pool: [String]
    let bestSingle: String?
    let methods: [String: Method]
    let subsets: Subsets?
    let budgets: [Level]?

    enum CodingKeys: String, CodingKey {
        case pool
        case bestSingle = "best_single"
        case methods, subsets, budgets
    }

    init(evaluator: Evaluator, model: GateModel, budgets: BudgetFile?) {
        pool = evaluator.pool.map { model.experts[$0] }
        bestSingle = model.baselines.bestSingle(among: evaluator.pool).map { model.experts[$0] }
        var methods: [String: Method] = [:]
        for method in MethodName.allCases {
            guard let results = evaluator.results(method, members: evaluator.pool) else { continue }
            methods[method.rawValue] = Method(Metrics(results))
        }
        self.methods = methods
        subsets = SubsetReport(evaluator).map { report in
            let pairs = max(report.pairs, 1)
            return Subsets(
                count: report.entries.count,
                monotonePairs: Double(pairs - report.violations) / Double(pairs),
                worstViolation: report.worstViolation,
                bySubset: Dictionary(
                    report.entries.map { entry in
                        (
                            entry.members.map { model.experts[$0] }.joined(separator: ","),
                            Subset(accuracy: entry.accuracy, nll: entry.nll)
                        )
                    },
                    uniquingKeysWith: { first, _ in first }
                )
            )
        }
        self.budgets = budgets.map { file in
            file.levels.map { Self.level($0, file, evaluator, model) }
        }
    }

    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    func table() -> String {
        var lines = ["method        accuracy  95 % interval     NLL     95 % interval"]
        for method in MethodName.allCases {
            guard let entry = methods[method.rawValue] else { continue }
            let name = method.rawValue + String(repeating: " ", count: max(13 - method.rawValue.count, 0))
            let accuracy =
                "\(Decimals.three(entry.accuracy))     \(entry.ci95.accuracy.map(Decimals.three).joined(separator: "-"))"
            let loss = entry.nll.map(Decimals.three) ?? "-"
            let interval = entry.ci95.nll?.map(Decimals.three).joined(separator: "-") ?? ""
            lines.append("\(name) \(accuracy)       \(loss)   \(interval)")
        }
        if let bestSingle { lines.append("best single expert on the training prompts: \(bestSingle)") }
        if let subsets {
            lines.append(
                "\(subsets.count) subsets: \(Decimals.three(subsets.monotonePairs * 100)) % of pairs monotone, worst violation \(Decimals.three(subsets.worstViolation))"
            )
        }
        return lines.joined(separator: "\n")
    }

    private static func level(
        _ level: BudgetFile.Level,
        _ file: BudgetFile,
        _ evaluator: Evaluator,
        _ model: GateModel
    ) -> Level {
        let affordable = BudgetedSelection(
            costs: evaluator.pool.map { file.costs[model.experts[$0]] },
            energyJ: level.energyJ,
            latencyMs: level.latencyMs
        )
        let chosen = affordable.best { positions in
            evaluator.plannedQuality(positions.map { evaluator.pool[$0] }, k: positions.count)
        }
        let singles = affordable.singles.map { evaluator.pool[$0] }
        var methods: [String: Method] = [:]
        for method in MethodName.allCases where method != .top2 {
            let members =
                method == .moe2 || method == .uniform || method == .staticMixture || method == .selectLLM
                ? chosen.map { evaluator.pool[$0] } : singles
            guard let results = evaluator.results(method, members: members) else { continue }
            methods[method.rawValue] = Method(Metrics(results))
        }
        return Level(
            name: level.name,
            energyJ: level.energyJ,
            latencyMs: level.latencyMs,
            selected: chosen.map { model.experts[evaluator.pool[$0]] },
            methods: methods
        )
    }
}
