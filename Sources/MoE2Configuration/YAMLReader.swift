import Yams

/// Reads YAML text into nodes that know their lines.
enum YAMLReader {
    /// More values than any sensible configuration has. Aliases share storage, so that a small file can stand for
    /// billions of values; the count is taken after they are resolved.
    static let maximumNodes = 100_000

    /// The root of the one document in `text`; an empty document is an empty section.
    ///
    /// - Parameter origin: Overrides the lines, for text that is no file.
    /// - Throws: ``ConfigurationError`` with the code `syntax`.
    static func read(_ text: String, origin: ConfigurationNode.Origin? = nil) throws(ConfigurationError)
        -> ConfigurationNode
    {
        let root: Yams.Node?
        do {
            root = try Yams.Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
        } catch {
            throw syntaxError(error)
        }
        guard let root else {
            return ConfigurationNode(value: .mapping([]), origin: origin ?? .line(1))
        }
        var budget = maximumNodes
        return try convert(root, line: 1, origin: origin, budget: &budget)
    }

    private static func convert(
        _ node: Yams.Node,
        line: Int,
        origin: ConfigurationNode.Origin?,
        budget: inout Int
    ) throws(ConfigurationError) -> ConfigurationNode {
        budget -= 1
        guard budget >= 0 else {
            throw ConfigurationError(
                .syntax,
                "the document has more than \(maximumNodes) values: remove the nested aliases"
            )
        }
        let line = node.mark?.line ?? line
        let place = origin ?? .line(line)
        switch node {
        case .scalar(let scalar):
            let isNull = scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
            return ConfigurationNode(value: isNull ? .null : .scalar(scalar.string), origin: place)
        case .sequence(let sequence):
            var items: [ConfigurationNode] = []
            for item in sequence {
                items.append(try convert(item, line: line, origin: origin, budget: &budget))
            }
            return ConfigurationNode(value: .sequence(items), origin: place)
        case .mapping(let mapping):
            var entries: [ConfigurationNode.Entry] = []
            for (key, value) in mapping {
                guard case .scalar(let name) = key else {
                    throw ConfigurationError(.syntax, "line \(key.mark?.line ?? line): a key must be plain text")
                }
                let keyLine = key.mark?.line ?? line
                entries.append(
                    ConfigurationNode.Entry(
                        key: name.string,
                        origin: origin ?? .line(keyLine),
                        value: try convert(value, line: keyLine, origin: origin, budget: &budget)
                    )
                )
            }
            return ConfigurationNode(value: .mapping(entries), origin: place)
        case .alias:
            throw ConfigurationError(.syntax, "line \(line): the alias stands for nothing: define its anchor before it")
        }
    }

    private static func syntaxError(_ error: any Error) -> ConfigurationError {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let around = context.map { " \($0.text)" } ?? ""
            return ConfigurationError(
                .syntax,
                "line \(mark.line), column \(mark.column): this is no valid YAML: \(problem)\(around); "
                    + "check the indentation, quotes and brackets there"
            )
        case .reader(let problem, let offset, _, _):
            return ConfigurationError(
                .syntax,
                "this is no valid YAML: \(problem)\(offset.map { " at byte \($0)" } ?? ""); save the file as UTF-8 text"
            )
        case .duplicatedKeysInMapping(let duplicates, let context):
            return ConfigurationError(
                .syntax,
                "line \(context.mark.line): the key '\(duplicates.first ?? "")' is there twice: keep one"
            )
        default:
            return ConfigurationError(.syntax, "this is no valid YAML: \(error)")
        }
    }
}
