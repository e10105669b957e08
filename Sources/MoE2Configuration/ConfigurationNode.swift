/// A value of a configuration, with the place it came from.
struct ConfigurationNode: Sendable {
    /// Where a value was written.
    enum Origin: Sendable, Hashable {
        /// The line of the file, counted from 1.
        case line(Int)
        /// The environment variable of that name.
        case environment(String)

        var place: String {
            switch self {
            case .line(let line): "at line \(line)"
            case .environment(let name): "in the environment variable \(name)"
            }
        }
    }

    /// One key of a mapping with its value.
    struct Entry: Sendable {
        var key: String
        /// Where the key was written.
        var origin: Origin
        var value: ConfigurationNode
    }

    enum Value: Sendable {
        case null
        /// Text, a number or a truth value, as it was written; quoted text is never taken for null.
        case scalar(String)
        case sequence([ConfigurationNode])
        case mapping([Entry])
    }

    var value: Value
    var origin: Origin

    /// What the value is, in words.
    var kind: String {
        switch value {
        case .null: "nothing"
        case .scalar(let text): "'\(text.prefix(60))'"
        case .sequence: "a list"
        case .mapping: "a section"
        }
    }

    /// The value of `key`, when this is a mapping that has it.
    subscript(key: String) -> ConfigurationNode? {
        guard case .mapping(let entries) = value else { return nil }
        return entries.first { $0.key == key }?.value
    }
}
