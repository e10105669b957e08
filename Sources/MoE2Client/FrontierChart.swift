import Glibc

/// Draws a frontier in a terminal: quality upwards, the budget to the right on a logarithmic scale.
public enum FrontierChart {
    private static let width = 60
    private static let height = 12

    /// The chart and a table of the points at which the set changes.
    public static func render(_ frontier: Frontier) -> String {
        let reached = frontier.qualities.compactMap { $0 }
        guard let least = frontier.limits.first, let most = frontier.limits.last else {
            return "No expert is ready: there is no frontier to draw."
        }
        guard let low = reached.min(), let high = reached.max() else {
            return "No set meets \(frontier.label(most)) of \(frontier.budget) or less."
        }
        return [chart(frontier, low, high, least, most), table(frontier)].joined(separator: "\n\n")
    }

    private static func chart(
        _ frontier: Frontier,
        _ low: Double,
        _ high: Double,
        _ least: Double,
        _ most: Double
    ) -> String {
        var cells = [[Character]](repeating: [Character](repeating: " ", count: width), count: height)
        for column in 0..<width {
            // What a budget between two points buys is what the tighter one buys.
            let budget = exp(log(least) + (log(most) - log(least)) * Double(column) / Double(width - 1))
            let index = frontier.limits.lastIndex { $0 <= budget * (1 + 1e-9) } ?? 0
            guard let quality = frontier.qualities[index] else { continue }
            let share = high > low ? (quality - low) / (high - low) : 1
            cells[height - 1 - Int((share * Double(height - 1)).rounded())][column] = "●"
        }
        let labels = [Display.significant(high), Display.significant(low)]
        let margin = labels.map(\.count).max() ?? 0
        var lines = ["quality against \(frontier.budget)"]
        for row in cells.indices {
            let label = row == 0 ? labels[0] : row == height - 1 ? labels[1] : ""
            lines.append(String(repeating: " ", count: margin - label.count) + "\(label) ┤" + String(cells[row]))
        }
        let indent = String(repeating: " ", count: margin + 1)
        lines.append(indent + "└" + String(repeating: "─", count: width))
        let ends = (frontier.label(least), frontier.label(most))
        let gap = max(1, width - ends.0.count - ends.1.count)
        lines.append(indent + " " + ends.0 + String(repeating: " ", count: gap) + ends.1)
        return lines.map { line in
            var line = line
            while line.last == " " { line.removeLast() }
            return line
        }.joined(separator: "\n")
    }

    private static func table(_ frontier: Frontier) -> String {
        var table = TextTable(["from", "quality", "active set"], rightAligned: [0, 1])
        for index in frontier.steps {
            table.add([
                frontier.label(frontier.limits[index]),
                frontier.qualities[index].map(Display.significant) ?? "–",
                frontier.qualities[index] == nil
                    ? "no set meets the limit" : frontier.sets[index].map(\.rawValue).joined(separator: " "),
            ])
        }
        return table.rendered()
    }
}
