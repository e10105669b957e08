import Logging

/// Passes lines on to another handler; the level is the process's.
struct LevelLogHandler: LogHandler {
    private var handler: any LogHandler
    private let level: LogLevel

    init(_ handler: any LogHandler, level: LogLevel) {
        self.handler = handler
        self.handler.logLevel = .trace
        self.level = level
    }

    var logLevel: Logger.Level {
        get { level.current }
        // A logger of its own level would not hear of changes.
        set {}
    }

    var metadata: Logger.Metadata {
        get { handler.metadata }
        set { handler.metadata = newValue }
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { handler.metadataProvider }
        set { handler.metadataProvider = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { handler[metadataKey: key] }
        set { handler[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) { handler.log(event: event) }
}
