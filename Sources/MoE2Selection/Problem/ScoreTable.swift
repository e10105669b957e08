/// The scores of all experts on all calibration prompts; larger is better.
public struct ScoreTable: Hashable, Sendable {
    /// The number of rows, one a prompt.
    public let prompts: Int
    /// The number of columns, one an expert.
    public let experts: Int
    /// Row by row, `prompts * experts` finite numbers.
    public let values: [Double]

    /// The table with `values` row by row.
    /// - Throws: ``SelectionError`` when their number is not `prompts * experts` or one of them is not finite.
    public init(prompts: Int, experts: Int, values: [Double]) throws(SelectionError) {
        guard prompts >= 0, experts >= 0, values.count == prompts * experts else {
            throw SelectionError(
                field: "scores",
                "\(prompts) rows of \(experts) numbers were announced and \(values.count) numbers given"
            )
        }
        if let bad = values.firstIndex(where: { !$0.isFinite }) {
            throw SelectionError(
                field: "scores[\(bad / max(experts, 1))][\(bad % max(experts, 1))]",
                "\(values[bad]) is not a finite number; drop the prompt or give it a low score"
            )
        }
        self.prompts = prompts
        self.experts = experts
        self.values = values
    }

    /// The table with the given rows, each with one number an expert.
    /// - Throws: ``SelectionError`` when a row has another length than the first or a number is not finite.
    public init(rows: [[Double]], experts: Int? = nil) throws(SelectionError) {
        let columns = experts ?? rows.first?.count ?? 0
        if let bad = rows.firstIndex(where: { $0.count != columns }) {
            throw SelectionError(
                field: "scores[\(bad)]",
                "has \(rows[bad].count) numbers; every row needs one for each of the \(columns) experts"
            )
        }
        try self.init(prompts: rows.count, experts: columns, values: rows.flatMap { $0 })
    }

    /// The score of `expert` on `prompt`.
    public subscript(prompt: Int, expert: Int) -> Double { values[prompt * experts + expert] }
}
