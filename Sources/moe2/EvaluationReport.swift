import FoundationEssentials
import MoE2Gating

/// What `moe2 evaluate` prints.
struct EvaluationReport: Encodable {
    /// The methods whose numbers are given for each label.
    static let labelledMethods: [MethodName] = [.moe2, .route, .bestSingle, .staticMixture]

    let pool: [String]
    let bestSingle: String?
    let methods: [String: MethodReport]
    let labels: [String: [String: MethodReport]]
    let subsets: SubsetsJSON?
    let budgets: [BudgetLevelReport]?

    enum CodingKeys: String, CodingKey {
        case pool
        case bestSingle = "best_single"
        case methods, labels, subsets, budgets
    }

    /// A report on `set`; `retrainer` adds what a gate trained for each subset alone would reach. MoE² chooses sets and team
    /// sizes for `budgets` on `planning`, which holds other prompts than `set`.
    init(
        model: GateModel,
        set: CalibrationSet,
        encoder: any PromptEncoder,
        retrainer: PoolRetrainer? = nil,
        budgets: BudgetFile? = nil,
        planning: CalibrationSet? = nil
    ) throws {
        let evaluator = try Evaluator(model: model, set: set, encoder: encoder)
        pool = evaluator.pool.map { model.experts[$0] }
        bestSingle = model.baselines.bestSingle(among: evaluator.pool).map { model.experts[$0] }
        var methods: [String: MethodReport] = [:]
        var labelled: [String: [String: MethodReport]] = [:]
        let rows = Dictionary(
            grouping: set.prompts.indices.flatMap { row in Set(set.prompts[row].labels).map { (label: $0, row: row) } },
            by: \.label
        )
        for method in MethodName.allCases {
            guard let results = evaluator.results(method, members: evaluator.pool) else { continue }
            methods[method.rawValue] = MethodReport(Metrics(results))
            guard Self.labelledMethods.contains(method) else { continue }
            for (label, rows) in rows {
                labelled[label, default: [:]][method.rawValue] = MethodReport(Metrics(rows.map { results[$0.row] }))
            }
        }
        self.methods = methods
        labels = labelled
        subsets = try SubsetReport(evaluator) { members throws(GatingError) in
            guard let gate = try retrainer?.retrained(members) else { return nil }
            let own = try Evaluator(model: gate, set: try set.select(experts: gate.experts), encoder: encoder)
            return own.results(.moe2, members: own.pool)
        }.map { SubsetsJSON($0, names: model.experts) }
        self.budgets = try budgets.map { file in
            let own = try planning.map { try Evaluator(model: model, set: $0, encoder: encoder) }
            return try BudgetComparison(file: file, evaluator: evaluator, planning: own, model: model).levels()
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
            let accuracy =
                "\(Decimals.three(entry.accuracy))     \(entry.ci95.accuracy.map(Decimals.three).joined(separator: "-"))"
            let loss = entry.nll.map(Decimals.three) ?? "-"
            let interval = entry.ci95.nll?.map(Decimals.three).joined(separator: "-") ?? ""
            lines.append("\(method.rawValue.padded(to: 13)) \(accuracy)       \(loss)   \(interval)")
        }
        if let bestSingle { lines.append("best single expert on the training prompts: \(bestSingle)") }
        if let subsets {
            lines.append(
                "\(subsets.count) subsets: \(Decimals.three(subsets.monotonePairs * 100)) % of pairs monotone, worst violation \(Decimals.three(subsets.worstViolation))"
            )
            if let gap = subsets.worstGap {
                lines.append("largest loss of renormalising against retraining: \(Decimals.fixed(gap, 4)) nats")
            }
        }
        for level in budgets ?? [] {
            let best = level.methods["moe2"].map { Decimals.three($0.accuracy) } ?? "nothing fits"
            lines.append("budget \(level.name): \(best) with \(level.selected.joined(separator: ", "))")
        }
        return lines.joined(separator: "\n")
    }
}
