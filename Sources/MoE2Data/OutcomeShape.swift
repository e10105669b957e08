import MoE2Gating

/// Which columns of an outcomes file hold what.
struct OutcomeShape {
    let kind: AnswerKind
    private let columns: [Int]
    private let lengthColumn: Int?

    /// The shape told by `header`.
    ///
    /// - Throws: `DataError` when it is none of the three.
    init(header: [String], name: String) throws(DataError) {
        let logits = header.indices.sorted { header[$0] < header[$1] }.filter { column in
            let field = header[column]
            return field.utf8.count == 2 && field.hasPrefix("z") && OptionLetter.index(String(field.dropFirst())) != nil
        }
        lengthColumn = header.firstIndex(of: "out_chars")
        if logits.count >= 2 {
            kind = .choice
            columns = logits
        } else if let vote = header.firstIndex(of: "pred") {
            kind = .vote
            columns = [vote]
        } else if let score = header.firstIndex(of: "score") {
            kind = .score
            columns = [score]
        } else {
            throw DataError(
                .malformed,
                "'\(name)' has neither columns zA, zB, … (choices) nor 'pred' (votes) nor 'score' (free text)"
            )
        }
    }

    /// What one row says.
    ///
    /// - Throws: `DataError` naming `place` when a field is not what its column holds.
    func row(_ fields: [String], _ place: String) throws(DataError) -> OutcomeFile.Row {
        switch kind {
        case .choice:
            var logits: [Double] = []
            // A prompt with fewer options than there are columns leaves the last ones empty.
            let filled = (columns.lastIndex { !fields[$0].isEmpty } ?? -1) + 1
            for column in columns[..<filled] { logits.append(try number(fields[column], "a log-probability", place)) }
            return .logits(logits)
        case .score:
            let score = try number(fields[columns[0]], "a score", place)
            guard (0...1).contains(score) else {
                throw DataError(.malformed, "\(place): the score \(score) is not within 0...1")
            }
            return .score(score)
        case .vote:
            let vote = fields[columns[0]]
            let option = OptionLetter.index(vote)
            guard vote.isEmpty || option != nil else {
                throw DataError(.malformed, "\(place): 'pred' is '\(vote)'; a letter or nothing is needed")
            }
            return .vote(option, try length(fields, place))
        }
    }

    private func length(_ fields: [String], _ place: String) throws(DataError) -> Int? {
        guard let lengthColumn, !fields[lengthColumn].isEmpty else { return nil }
        guard let length = Int(fields[lengthColumn]), length >= 0 else {
            throw DataError(
                .malformed,
                "\(place): 'out_chars' is '\(fields[lengthColumn])'; a whole number ≥ 0 is needed"
            )
        }
        return length
    }

    private func number(_ field: String, _ what: String, _ place: String) throws(DataError) -> Double {
        guard let number = Double(field), number.isFinite else {
            throw DataError(.malformed, "\(place): '\(field)' is not \(what)")
        }
        return number
    }
}
