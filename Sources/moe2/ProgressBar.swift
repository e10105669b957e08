/// One line on standard error that is drawn over itself on a terminal, or a line every tenth elsewhere.
struct ProgressBar {
    private static let width = 30

    private let title: String
    private let isTerminal: Bool
    private var lastTenth = -1
    private var lastLine = ""

    init(title: String, isTerminal: Bool = StandardStreams.errorIsTerminal) {
        self.title = title
        self.isTerminal = isTerminal
    }

    /// Draws `done` of `total` with `detail` after it.
    mutating func draw(done: Int, total: Int, detail: String) {
        let share = total > 0 ? Double(done) / Double(total) : 1
        let line = Self.line(title, done: done, total: total, detail: detail)
        if isTerminal {
            guard line != lastLine else { return }
            StandardStreams.redraw(line)
        } else {
            let tenth = Int(share * 10)
            guard tenth != lastTenth else { return }
            lastTenth = tenth
            StandardStreams.note(line)
        }
        lastLine = line
    }

    /// Ends the line, so that what follows starts a new one.
    mutating func end() {
        if isTerminal, !lastLine.isEmpty { StandardStreams.note("") }
        lastLine = ""
    }

    static func line(_ title: String, done: Int, total: Int, detail: String) -> String {
        let filled = total > 0 ? min(width, width * done / total) : width
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: width - filled)
        return "\(title) [\(bar)] \(done)/\(total)\(detail.isEmpty ? "" : "  \(detail)")"
    }
}
