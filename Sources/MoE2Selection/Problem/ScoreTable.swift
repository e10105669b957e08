/// The scores of all experts on all calibration prompts; larger is better.
public struct ScoreTable: Hashable, Sendable {
    /// The number of prompts.
    public let prompts: Int
    /// The number of experts.
    public private(set) var experts: Int
    /// Expert by expert, `prompts * experts` finite numbers: loops over prompts run over neighbours, and a newcomer is appended.
    private(set) var columns: [Double]
    /// No score is larger; −∞ without scores.
    private(set) var largest = -Double.infinity

    /// The table with `values` row by row, one row a prompt.
    /// - Throws: ``SelectionError`` when their number is not `prompts * experts` or one of them is not finite.
    public init(prompts: Int, experts: Int, values: [Double]) throws(SelectionError) {
        guard prompts >= 0, experts >= 0, values.count == prompts * experts else {
            throw SelectionError(
                field: "scores",
                "\(prompts) rows of \(experts) numbers were announced and \(values.count) numbers given"
            )
        }
        if let bad = values.firstIndex(where: { !$0.isFinite }) {
            throw Self.notFinite(values[bad], prompt: bad / max(experts, 1), expert: bad % max(experts, 1))
        }
        self.prompts = prompts
        self.experts = experts
        columns = Self.transposed(values, prompts, experts)
        largest = values.max() ?? largest
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

    /// The table with the given columns, one an expert, each with one number a prompt.
    /// - Throws: ``SelectionError`` when a column has another length than `prompts` or a number is not finite.
    public init(columns: [[Double]], prompts: Int) throws(SelectionError) {
        self.prompts = prompts
        experts = 0
        self.columns = []
        self.columns.reserveCapacity(prompts * columns.count)
        for column in columns { try append(column) }
    }

    /// Adds the scores of one more expert, one a prompt.
    /// - Throws: ``SelectionError`` when there is not one number for every prompt or one of them is not finite.
    public mutating func append(_ column: [Double]) throws(SelectionError) {
        guard column.count == prompts else {
            throw SelectionError(
                field: "scores",
                "expert \(experts) has \(column.count) scores; it needs one for each of the \(prompts) prompts"
            )
        }
        if let bad = column.firstIndex(where: { !$0.isFinite }) {
            throw Self.notFinite(column[bad], prompt: bad, expert: experts)
        }
        columns.append(contentsOf: column)
        largest = max(largest, column.max() ?? largest)
        experts += 1
    }

    /// Keeps only the columns of `kept`, in that order.
    mutating func keep(_ kept: [Int]) {
        var next: [Double] = []
        next.reserveCapacity(prompts * kept.count)
        for expert in kept { next.append(contentsOf: columns[expert * prompts..<(expert + 1) * prompts]) }
        columns = next
        experts = kept.count
    }

    private static func notFinite(_ value: Double, prompt: Int, expert: Int) -> SelectionError {
        SelectionError(
            field: "scores[\(prompt)][\(expert)]",
            "\(value) is not a finite number; drop the prompt or give it a low score"
        )
    }

    private static func transposed(_ values: [Double], _ prompts: Int, _ experts: Int) -> [Double] {
        guard prompts > 1, experts > 1 else { return values }
        // A tile of rows stays in the fastest cache while all columns take their part of it.
        let tile = 16
        return [Double](unsafeUninitializedCapacity: values.count) { target, count in
            values.withUnsafeBufferPointer { values in
                for start in stride(from: 0, to: prompts, by: tile) {
                    let end = min(start + tile, prompts)
                    for expert in 0..<experts {
                        for prompt in start..<end {
                            target.initializeElement(
                                at: expert * prompts + prompt,
                                to: values[prompt * experts + expert]
                            )
                        }
                    }
                }
            }
            count = values.count
        }
    }

    /// The score of `expert` on `prompt`.
    public subscript(prompt: Int, expert: Int) -> Double { columns[expert * prompts + prompt] }

    /// Calls `body` with the scores of `expert`, one a prompt; the pointer is valid only during the call.
    func withColumn<Result>(_ expert: Int, _ body: (UnsafePointer<Double>) -> Result) -> Result {
        precondition(expert >= 0 && expert < experts)
        return columns.withUnsafeBufferPointer { columns in
            guard let address = columns.baseAddress else { return withUnsafePointer(to: 0.0, body) }
            return body(address + expert * prompts)
        }
    }
}
