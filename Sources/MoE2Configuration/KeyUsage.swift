/// Remembers which keys of which sections were asked for, so that the others can be called unknown.
///
/// Used by one decoding on one task only.
final class KeyUsage {
    struct Section {
        fileprivate(set) var node: ConfigurationNode
        fileprivate(set) var asked: Set<String> = []
    }

    /// By the path of the section.
    private(set) var sections: [String: Section] = [:]

    /// Notes that the section `node` at `path` is decoded key by key.
    func visit(_ node: ConfigurationNode, path: String) {
        if sections[path] == nil { sections[path] = Section(node: node) }
    }

    /// Notes that `key` of the section at `path` was asked for.
    func ask(_ key: String, path: String) {
        sections[path]?.asked.insert(key)
    }

    /// The first key that nothing asked for.
    func firstUnknownKey() -> ConfigurationError? {
        let unknown = sections.sorted { $0.key < $1.key }.flatMap { path, section in
            entries(of: section.node)
                .filter { !section.asked.contains($0.key) }
                .map { (entry: $0, path: path, known: section.asked) }
        }
        guard let first = unknown.first else { return nil }
        return Self.unknown(first.entry, path: first.path, known: first.known)
    }

    /// The unknown key that was probably meant by the missing `key` of the section at `path`.
    func misspelling(of key: String, path: String) -> ConfigurationError? {
        guard let section = sections[path] else { return nil }
        let candidates = entries(of: section.node).filter { !section.asked.contains($0.key) }
        guard let nearest = Suggestion.nearest(to: key, among: candidates.map(\.key)),
            let entry = candidates.first(where: { $0.key == nearest })
        else { return nil }
        return Self.unknown(entry, path: path, known: [key])
    }

    private func entries(of node: ConfigurationNode) -> [ConfigurationNode.Entry] {
        guard case .mapping(let entries) = node.value else { return [] }
        return entries
    }

    private static func unknown(_ entry: ConfigurationNode.Entry, path: String, known: Set<String>)
        -> ConfigurationError
    {
        let section = path.isEmpty ? "" : " in '\(path)'"
        let cure: String
        if let nearest = Suggestion.nearest(to: entry.key, among: known) {
            cure = "did you mean '\(nearest)'?"
        } else {
            cure = "known here: \(known.sorted().joined(separator: ", "))"
        }
        return ConfigurationError(.unknownKey, "unknown key '\(entry.key)'\(section) \(entry.origin.place): \(cure)")
    }
}
