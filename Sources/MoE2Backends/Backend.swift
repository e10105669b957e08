public import MoE2Core

/// A model server on this host: what an expert is behind.
///
/// Lifecycle: make it, run it in a task for as long as the agent lives, execute shards while its status is ready. Ending
/// the task stops a server that the backend started.
public protocol Backend: Sendable {
    /// Whether the server can be used, and what is known of its model.
    var status: BackendStatus { get }

    /// Yields whenever ``status`` has changed; only the newest news is kept. For one reader.
    var statusChanges: AsyncStream<Void> { get }

    /// Starts and watches the server until its task is cancelled.
    func run() async

    /// Executes `shard`; output is handed to `emit` as it comes. Cancelling the task makes the server stop writing.
    /// - Throws: ``StatusError`` with the cause and the cure; `CancellationError`.
    func execute(_ shard: Shard, emit: @escaping @Sendable (BackendOutput) async throws -> Void) async throws
        -> BackendResult
}
