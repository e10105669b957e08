public import MoE2Gating

/// Reads outcomes: CSV, plain or gzip, of one of three shapes told apart by their columns (docs/GATING.md):
/// `id,model,zA,zB,…` (choices), `id,model,pred[,out_chars]` (votes), `id,model,score` (free text).
public struct OutcomeFile: Sendable {
    /// What the rows hold.
    public let kind: AnswerKind
    /// Names of the experts, in the order of their first row.
    public let experts: [String]
    /// `answers[expert][prompt id]`; option counts are not checked yet.
    let rows: [[String: Row]]

    /// What a row says before it is known how many options its prompt has.
    enum Row {
        case logits([Double])
        case vote(Int?, Int?)
        case score(Double)
    }

    /// Reads the file at `path`.
    ///
    /// - Throws: `DataError` when the file cannot be read, a field is not a number, or a pair of prompt and expert repeats.
    public static func read(_ path: String) throws(DataError) -> OutcomeFile {
        try parse(try GzipFile.read(path), name: path)
    }

    /// Reads `bytes`; `name` is the file's name in messages.
    ///
    /// - Throws: `DataError` as `read` does.
    public static func parse(_ bytes: [UInt8], name: String) throws(DataError) -> OutcomeFile {
        var reader = try CSVReader(bytes, name: name)
        let id = try reader.column("id")
        let model = try reader.column("model")
        let shape = try OutcomeShape(header: reader.header, name: name)
        var experts: [String] = []
        var numbers: [String: Int] = [:]
        var rows: [[String: Row]] = []
        var fields: [String] = []
        while try reader.next(&fields) {
            let expert = fields[model]
            let place = "'\(name)' line \(reader.line) (prompt '\(fields[id])', model '\(expert)')"
            let number: Int
            if let known = numbers[expert] {
                number = known
            } else {
                number = experts.count
                numbers[expert] = number
                experts.append(expert)
                rows.append([:])
            }
            let row = try shape.row(fields, place)
            guard rows[number].updateValue(row, forKey: fields[id]) == nil else {
                throw DataError(.malformed, "\(place) repeats an earlier row: keep one row per prompt and model")
            }
        }
        return OutcomeFile(kind: shape.kind, experts: experts, rows: rows)
    }

    /// The calibration set of `prompts` with these outcomes. Prompts on which no expert has an outcome are left out;
    /// outcomes on other prompts are ignored. `pool` names the experts in order; `nil` takes all, in file order.
    ///
    /// - Throws: `GatingError` when an expert is unknown or an outcome does not fit its prompt.
    public func join(_ prompts: [CalibrationPrompt], pool: [String]? = nil) throws(GatingError) -> CalibrationSet {
        let names = pool ?? experts
        var tables: [[String: Row]] = []
        for name in names {
            guard let number = experts.firstIndex(of: name) else {
                throw GatingError(
                    .poolMismatch,
                    "the outcomes hold no expert '\(name)'; they hold \(experts.joined(separator: ", "))"
                )
            }
            tables.append(rows[number])
        }
        let kept = prompts.filter { prompt in tables.contains { $0[prompt.id] != nil } }
        var answers: [[ExpertAnswer?]] = []
        for table in tables {
            answers.append(
                kept.map { prompt in table[prompt.id].map { Self.answer($0, optionCount: prompt.optionCount) } }
            )
        }
        return try CalibrationSet(kind: kind, experts: names, prompts: kept, answers: answers)
    }

    /// Logits beyond the prompt's options (MMLU's E and F) are dropped; a vote for an option that does not exist is none.
    private static func answer(_ row: Row, optionCount: Int) -> ExpertAnswer {
        switch row {
        case .logits(let logits): .choice(Array(logits.prefix(optionCount)))
        case .vote(let option, let length):
            .vote(option: option.flatMap { $0 < optionCount ? $0 : nil }, length: length)
        case .score(let score): .score(score)
        }
    }
}
