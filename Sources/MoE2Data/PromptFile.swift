import FoundationEssentials
public import MoE2Gating

/// Reads prompts: one JSON object per line, plain or gzip (docs/GATING.md).
public enum PromptFile {
    /// The prompts in the file at `path`, in order.
    ///
    /// - Throws: `DataError` when the file cannot be read, a line is not a prompt, or an id repeats.
    public static func read(_ path: String) throws(DataError) -> [CalibrationPrompt] {
        try parse(try GzipFile.read(path), name: path)
    }

    /// The prompts in `bytes`; `name` is the file's name in messages.
    ///
    /// - Throws: `DataError` as `read` does.
    public static func parse(_ bytes: [UInt8], name: String) throws(DataError) -> [CalibrationPrompt] {
        var prompts: [CalibrationPrompt] = []
        var known: Set<String> = []
        let decoder = JSONDecoder()
        for (index, line) in bytes.split(separator: 0x0a, omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            let place = "'\(name)' line \(index + 1)"
            let record: PromptRecord
            do {
                record = try decoder.decode(PromptRecord.self, from: Data(line))
            } catch {
                throw DataError(
                    .malformed,
                    "\(place) is not a prompt: a JSON object with 'id' and 'question' is needed",
                    underlying: error
                )
            }
            guard known.insert(record.id).inserted else {
                throw DataError(.malformed, "\(place) repeats the id '\(record.id)': ids must be unique")
            }
            prompts.append(try prompt(record, place))
        }
        return prompts
    }

    private static func prompt(_ record: PromptRecord, _ place: String) throws(DataError) -> CalibrationPrompt {
        guard let question = record.question ?? record.prompt else {
            throw DataError(.malformed, "\(place) has neither 'question' nor 'prompt'")
        }
        let options = record.choices ?? record.options ?? []
        let fields = [("category", record.category), ("domain", record.domain), ("source", record.source)]
        let labels = fields.compactMap { field, value in value.map { "\(field):\($0)" } }
        return CalibrationPrompt(
            id: record.id,
            split: record.split,
            text: ([question] + options).joined(separator: "\n"),
            labels: labels,
            optionCount: options.count,
            answer: options.isEmpty ? nil : record.answer.flatMap(OptionLetter.index),
            question: question,
            options: options,
            reference: options.isEmpty ? record.answer : nil
        )
    }
}
