import Glibc

/// Draws frontiers as an SVG picture, one panel each.
public enum FrontierSVG {
    private static let panelWidth = 640.0
    private static let panelHeight = 300.0
    private static let (left, right, top, bottom) = (70.0, 20.0, 40.0, 50.0)

    /// The picture. `title` stands above it.
    public static func render(_ frontiers: [Frontier], title: String) -> String {
        let height = panelHeight * Double(max(1, frontiers.count)) + 30
        let panels = frontiers.enumerated().map { index, frontier in
            "<g transform=\"translate(0,\(number(30 + panelHeight * Double(index))))\">\n\(panel(frontier))\n</g>"
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(number(panelWidth)) \(number(height))" \
            font-family="sans-serif" font-size="12">
            <rect width="100%" height="100%" fill="#ffffff"/>
            <text x="\(number(left))" y="24" font-size="16">\(escaped(title))</text>
            \(panels.joined(separator: "\n"))
            </svg>

            """
    }

    private static func panel(_ frontier: Frontier) -> String {
        let heading = "<text x=\"\(number(left))\" y=\"24\">quality against \(escaped(frontier.budget))</text>"
        let reached = frontier.qualities.compactMap { $0 }
        guard let least = frontier.limits.first, let most = frontier.limits.last, let low = reached.min(),
            let high = reached.max()
        else { return heading + "\n<text x=\"\(number(left))\" y=\"60\">no set meets these limits</text>" }
        let (width, height) = (panelWidth - left - right, panelHeight - top - bottom)
        let x = { (limit: Double) in
            left + (most > least ? log(limit / least) / log(most / least) : 0.5) * width
        }
        let y = { (quality: Double) in top + (high > low ? (high - quality) / (high - low) : 0.5) * height }
        let floor = top + height
        var parts = [
            heading,
            """
            <path d="M\(number(left)) \(number(top))V\(number(floor))H\(number(left + width))" fill="none" stroke="#444444"/>
            <text x="\(number(left - 6))" y="\(number(y(high) + 4))" text-anchor="end">\(Display.significant(high))</text>
            <text x="\(number(left - 6))" y="\(number(y(low) + 4))" text-anchor="end">\(Display.significant(low))</text>
            <text x="\(number(left))" y="\(number(floor + 18))">\(escaped(frontier.label(least)))</text>
            <text x="\(number(left + width))" y="\(number(floor + 18))" \
            text-anchor="end">\(escaped(frontier.label(most)))</text>
            <path d="\(steps(frontier, x, y, end: left + width))" fill="none" stroke="#1f6feb" stroke-width="2"/>
            """,
        ]
        for index in frontier.limits.indices {
            guard let quality = frontier.qualities[index] else { continue }
            let note = "\(frontier.label(frontier.limits[index])): \(Display.significant(quality)), "
            parts.append(
                """
                <circle cx="\(number(x(frontier.limits[index])))" cy="\(number(y(quality)))" r="3" fill="#1f6feb">\
                <title>\(escaped(note + frontier.sets[index].map(\.rawValue).joined(separator: " ")))</title></circle>
                """
            )
        }
        return parts.joined(separator: "\n")
    }

    /// A staircase: a budget between two points buys what the tighter one buys.
    private static func steps(
        _ frontier: Frontier,
        _ x: (Double) -> Double,
        _ y: (Double) -> Double,
        end: Double
    ) -> String {
        var path = ""
        for index in frontier.limits.indices {
            guard let quality = frontier.qualities[index] else { continue }
            let place = number(x(frontier.limits[index]))
            path += path.isEmpty ? "M\(place) \(number(y(quality)))" : "H\(place)V\(number(y(quality)))"
        }
        return path.isEmpty ? path : path + "H\(number(end))"
    }

    private static func number(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
