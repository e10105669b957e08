import Synchronization

/// The last lines that a model server wrote, for the error when it ends.
final class LogTail: Sendable {
    /// Lines kept.
    static let capacity = 12

    private let lines = Mutex<[String]>([])

    func add(_ line: String) {
        lines.withLock { lines in
            lines.append(line)
            if lines.count > Self.capacity { lines.removeFirst() }
        }
    }

    func clear() { lines.withLock { $0.removeAll() } }

    /// The last lines that say what went wrong, in one line of text; else the very last one.
    var cause: String {
        let lines = lines.withLock { $0 }
        let telling = lines.filter { line in
            let line = line.lowercased()
            return ["error", "fail", "cannot", "invalid", "unable", "no such"].contains { line.contains($0) }
        }
        return (telling.isEmpty ? lines.suffix(1) : telling.suffix(2)).map { String($0.prefix(300)) }
            .joined(separator: " | ")
    }
}
