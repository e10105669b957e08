import Synchronization

/// The settings in force. Queries read them; a configuration that is loaded again replaces them.
final class SettingsBoard: Sendable {
    private let current: Mutex<EngineSettings>

    init(_ settings: EngineSettings) { current = Mutex(settings) }

    var settings: EngineSettings {
        get { current.withLock { $0 } }
        set { current.withLock { $0 = newValue } }
    }
}
