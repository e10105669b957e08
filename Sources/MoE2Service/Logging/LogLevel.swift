public import Logging
import Synchronization

/// The least important level that is logged, for all loggers of the process. May change while they log.
public final class LogLevel: Sendable {
    private let level: Mutex<Logger.Level>

    /// The level called `name`; `info` when there is none of that name.
    public init(_ name: String) { level = Mutex(Logger.Level(rawValue: name) ?? .info) }

    /// The level in force.
    public var current: Logger.Level { level.withLock { $0 } }

    /// Puts the level called `name` in force; a name that no level has changes nothing.
    public func set(_ name: String) {
        guard let new = Logger.Level(rawValue: name) else { return }
        level.withLock { $0 = new }
    }

    /// Makes every logger from now on write to standard error and go by this level. To be called once, at the start.
    public func bootstrap(json: Bool) {
        LoggingSystem.bootstrap { label in
            json
                ? LevelLogHandler(JSONLogHandler(label: label, logLevel: .trace), level: self)
                : LevelLogHandler(StreamLogHandler.standardError(label: label), level: self)
        }
    }
}
