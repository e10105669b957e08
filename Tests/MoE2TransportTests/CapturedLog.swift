import Logging
import Synchronization

/// Keeps log lines for a test to look at.
final class CapturedLog: Sendable {
    struct Handler: LogHandler {
        let log: CapturedLog
        var metadata = Logger.Metadata()
        var logLevel = Logger.Level.trace

        init(log: CapturedLog) { self.log = log }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let more = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
            log.state.withLock { $0.append("\(event.message) \(more)") }
        }
    }

    private let state = Mutex<[String]>([])

    var lines: [String] { state.withLock { $0 } }

    func count(_ text: String) -> Int { lines.count { $0.contains(text) } }
}
