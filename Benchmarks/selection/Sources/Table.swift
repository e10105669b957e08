import Glibc

/// Rows of a Markdown table.
enum Table {
    static func row(_ cells: [String]) {
        print("| \(cells.joined(separator: " | ")) |")
        fflush(nil)
    }

    /// Three digits that count; an empty cell for no number.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "" }
        let digits = abs(value) >= 100 ? 1.0 : abs(value) >= 10 ? 10.0 : 100.0
        let rounded = (value * digits).rounded() / digits
        return rounded == rounded.rounded() && abs(rounded) >= 100 ? "\(Int(rounded))" : "\(rounded)"
    }

    static func percent(_ value: Double) -> String {
        guard value.isFinite else { return "" }
        return value == 0 ? "0" : value < 1e-5 ? "<0.001 %" : "\((value * 1e5).rounded() / 1e3) %"
    }
}
