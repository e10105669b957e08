/// Replaces values of a configuration by environment variables.
///
/// `PREFIX__GATE__ADDRESSES` stands for `addresses` in the section `gate`, `PREFIX__EXPERTS__0__SLOTS` for `slots` of the
/// first entry of the list `experts`. Keys are matched without regard to case and taken in lower case when new. The
/// value is read as YAML; where a list is wanted, plain text is split at commas.
enum EnvironmentOverrides {
    /// `root` with every variable of `environment` applied whose name starts with `prefix` and two underscores.
    static func apply(
        _ environment: [String: String],
        prefix: String,
        to root: ConfigurationNode
    ) throws(ConfigurationError) -> ConfigurationNode {
        var root = root
        let start = prefix + "__"
        // Sorted, so that a section comes before its keys and the result does not depend on the dictionary's order.
        for (name, text) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix(start) {
            let path = segments(of: name.dropFirst(start.count))
            guard !path.isEmpty, path.allSatisfy({ !$0.isEmpty }) else {
                throw ConfigurationError(
                    .unknownKey,
                    "the environment variable \(name) names no key: write \(start)SECTION__KEY"
                )
            }
            try set(value(of: text, name: name), at: path[...], in: &root, name: name)
        }
        return root
    }

    private static func segments(of name: Substring) -> [String] {
        var result = [""]
        var rest = name[...]
        while let character = rest.first {
            if rest.hasPrefix("__") {
                result.append("")
                rest = rest.dropFirst(2)
            } else {
                result[result.count - 1].append(character)
                rest = rest.dropFirst()
            }
        }
        return result
    }

    private static func value(of text: String, name: String) throws(ConfigurationError) -> ConfigurationNode {
        let origin = ConfigurationNode.Origin.environment(name)
        // Only what looks like a list or a section is YAML; a token may hold any character.
        let start = text.drop(while: { $0 == " " }).first
        guard start == "[" || start == "{" || start == "\"" || start == "'" else {
            return ConfigurationNode(value: text.isEmpty ? .null : .scalar(text), origin: origin)
        }
        do {
            return try YAMLReader.read(text, origin: origin)
        } catch {
            throw ConfigurationError(error.code, "environment variable \(name): \(error.message)")
        }
    }

    private static func set(
        _ value: ConfigurationNode,
        at path: ArraySlice<String>,
        in node: inout ConfigurationNode,
        name: String
    ) throws(ConfigurationError) {
        guard let segment = path.first else {
            node = value
            return
        }
        switch node.value {
        case .sequence(var items):
            guard let index = Int(segment), items.indices.contains(index) else {
                throw ConfigurationError(
                    .unknownKey,
                    """
                    the environment variable \(name) names entry '\(segment)' of a list with \(items.count) entries: \
                    write a number from 0
                    """
                )
            }
            try set(value, at: path.dropFirst(), in: &items[index], name: name)
            node.value = .sequence(items)
        case .mapping(var entries):
            let place = entries.firstIndex { $0.key.lowercased() == segment.lowercased() }
            if let place {
                try set(value, at: path.dropFirst(), in: &entries[place].value, name: name)
            } else {
                var new = ConfigurationNode(value: .null, origin: value.origin)
                try set(value, at: path.dropFirst(), in: &new, name: name)
                entries.append(.init(key: segment.lowercased(), origin: value.origin, value: new))
            }
            node.value = .mapping(entries)
        case .null, .scalar:
            node = ConfigurationNode(value: .mapping([]), origin: value.origin)
            try set(value, at: path, in: &node, name: name)
        }
    }
}
