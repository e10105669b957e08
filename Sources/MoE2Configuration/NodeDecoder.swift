/// Decodes one node. The keys of Swift types are looked up in snake case: `teamSize` reads `team_size`.
struct NodeDecoder: Decoder {
    let node: ConfigurationNode
    let codingPath: [any CodingKey]
    let usage: KeyUsage
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// The place of the node in the configuration, such as `experts[0].slots`.
    var path: String { Self.describe(codingPath) }

    static func describe(_ path: [any CodingKey]) -> String {
        path.reduce(into: "") { text, key in
            if let index = key.intValue {
                text += "[\(index)]"
            } else {
                text += (text.isEmpty ? "" : ".") + snakeCase(key.stringValue)
            }
        }
    }

    /// `teamSize` → `team_size`.
    static func snakeCase(_ key: String) -> String {
        key.reduce(into: "") { text, character in
            if character.isUppercase, !text.isEmpty { text.append("_") }
            text.append(contentsOf: character.isUppercase ? character.lowercased() : String(character))
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        switch node.value {
        case .mapping, .null:
            KeyedDecodingContainer(KeyedNodeContainer<Key>(decoder: self))
        case .scalar, .sequence:
            throw invalid("is \(node.kind), but must be a section of keys")
        }
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        switch node.value {
        case .sequence(let items):
            return UnkeyedNodeContainer(decoder: self, items: items)
        case .scalar(let text):
            guard case .environment = node.origin else { fallthrough }
            let items = text.split(separator: ",").map { part in
                var item = part.drop(while: { $0 == " " })
                while item.last == " " { item.removeLast() }
                return ConfigurationNode(value: .scalar(String(item)), origin: node.origin)
            }
            return UnkeyedNodeContainer(decoder: self, items: items)
        case .mapping, .null:
            throw invalid("is \(node.kind), but must be a list")
        }
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        ScalarNodeContainer(decoder: self)
    }

    /// An error about this node; `problem` continues the sentence that its path starts.
    func invalid(_ problem: String) -> ConfigurationError {
        let subject = path.isEmpty ? "the configuration" : "'\(path)' \(node.origin.place)"
        return ConfigurationError(.invalidValue, "\(subject) \(problem)")
    }

    /// The decoder of `child`, which `key` names in this node.
    func descend(to child: ConfigurationNode, key: any CodingKey) -> NodeDecoder {
        NodeDecoder(node: child, codingPath: codingPath + [key], usage: usage)
    }
}
