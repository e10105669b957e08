import FoundationEssentials
public import Logging
public import MoE2Configuration
public import MoE2Core
import ServiceLifecycle

/// The life of a service's process: it reads and checks the configuration, logs as that says, runs until SIGTERM or
/// SIGINT asks it to end, and reads the configuration again on SIGHUP.
public struct ServiceProgram<Configuration: ServiceConfiguration>: Sendable {
    /// What is in its log lines, e.g. `moe2-gate`.
    private let name: String
    /// Where its configuration lies.
    private let path: String
    private let check: @Sendable (Configuration) throws(StatusError) -> Void

    /// A program that reads the file at `path`; `check` reads everything that a configuration points to.
    public init(
        _ name: String,
        path: String,
        check: @escaping @Sendable (Configuration) throws(StatusError) -> Void
    ) {
        self.name = name
        self.path = path
        self.check = check
    }

    /// Says whether the configuration and everything that it points to is fine. Throws what is wrong, as one line.
    public func checkOnly() throws {
        let configuration = try start { () throws(StatusError) in try load() }
        LogLevel(configuration.log.level).bootstrap(json: configuration.log.format == .json)
        try start(naming: path) { () throws(StatusError) in try check(configuration) }
        print("\(path): fine")
    }

    /// Runs what `services` makes of the configuration until the first of them ends or a signal asks for it.
    public func run(
        _ services: (Configuration, Logger) throws(StatusError) -> RunningService<Configuration>
    ) async throws {
        let configuration = try start { () throws(StatusError) in try load() }
        let level = LogLevel(configuration.log.level)
        level.bootstrap(json: configuration.log.format == .json)
        let logger = Logger(label: name)
        let running = try start(naming: path) { () throws(StatusError) in try services(configuration, logger) }
        let hangup = HangupService(logger: logger) { () async throws(StatusError) in
            let configuration = try load()
            try check(configuration)
            level.set(configuration.log.level)
            await running.reload(configuration)
        }
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: hangup)]
                    + running.services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger
            )
        )
        do {
            try await group.run()
        } catch {
            throw StartFailure(description: "\(path): \((error as? StatusError)?.message ?? "\(error)")")
        }
    }

    /// The configuration; what is wrong with it says where.
    private func load() throws(StatusError) -> Configuration {
        do {
            return try ConfigurationLoader(
                environmentPrefix: Configuration.environmentPrefix,
                environment: ProcessInfo.processInfo.environment
            ).load(Configuration.self, path: path)
        } catch {
            throw StatusError(.invalidArgument, error.message)
        }
    }

    /// What `body` returns; its error as one line, which begins with `file` where that is given.
    private func start<Value>(
        naming file: String? = nil,
        _ body: () throws(StatusError) -> Value
    ) throws(StartFailure) -> Value {
        do {
            return try body()
        } catch {
            throw StartFailure(description: (file.map { "\($0): " } ?? "") + error.message)
        }
    }
}
