@testable import MoE2Configuration

extension ConfigurationLoader {
    /// The path of every key but sections that `type` asks for when it reads `text`, such as `experts[].slots`. What
    /// stands under a name that the user chose, in `sections`, has `NAME` in its place.
    /// - Throws: ``ConfigurationError``.
    func keys<Value: Decodable>(
        of type: Value.Type,
        text: String,
        namedIn sections: [String]
    ) throws -> Set<String> {
        let usage = KeyUsage()
        _ = try NodeDecoder(node: try YAMLReader.read(text), codingPath: [], usage: usage).decode(type)
        if let unknown = usage.firstUnknownKey() { throw unknown }
        let paths = usage.sections.flatMap { path, section in
            section.asked.map { path.isEmpty ? $0 : "\(path).\($0)" }
        }
        let leaves = paths.filter { path in
            !usage.sections.keys.contains { $0 == path || $0.hasPrefix("\(path)[") || $0.hasPrefix("\(path).") }
        }
        return Set(leaves.map { Self.general($0, namedIn: sections) })
    }

    private static func general(_ path: String, namedIn sections: [String]) -> String {
        var parts = path.split(separator: ".").map { part in
            part.last == "]" ? String(part.prefix { $0 != "[" }) + "[]" : String(part)
        }
        if let first = parts.first, sections.contains(first), parts.count > 1 { parts[1] = "NAME" }
        return parts.joined(separator: ".")
    }
}
