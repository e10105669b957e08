/// The labels that the calibration prompts carried, such as `domain:law`.
public struct LabelTable: Sendable, Equatable {
    /// All labels, in the order of their columns.
    public let names: [String]
    private let columns: [String: Int]
    private let byValue: [String: [Int]]

    /// A table of distinct `names`; a repeated name keeps its first column.
    public init(names: [String]) {
        self.names = names
        columns = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        byValue = Dictionary(grouping: names.indices) { Self.value(of: names[$0]) }
    }

    /// The number of labels.
    public var count: Int { names.count }

    /// Columns of the known ones among `labels`. A label without a field, such as a query's category `law`, stands for
    /// every label with that value.
    public func resolve(_ labels: [String]) -> [Int] {
        var found: [Int] = []
        for label in labels {
            if let column = columns[label] {
                found.append(column)
            } else if !label.contains(":") {
                found.append(contentsOf: byValue[label] ?? [])
            }
        }
        return found
    }

    public static func == (left: LabelTable, right: LabelTable) -> Bool { left.names == right.names }

    private static func value(of name: String) -> String {
        guard let colon = name.firstIndex(of: ":") else { return name }
        return String(name[name.index(after: colon)...])
    }
}
