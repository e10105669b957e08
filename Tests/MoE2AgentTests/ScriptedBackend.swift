import MoE2Backends
import MoE2Core
import Synchronization

/// A model server that plays a script, for what a real one does only by chance.
final class ScriptedBackend: Backend {
    typealias Script = @Sendable (Shard, @Sendable (String) async throws -> Void) async throws -> BackendResult

    private let script: Mutex<Script>
    private let state: Mutex<BackendStatus>
    private let news: AsyncStream<Void>.Continuation
    let statusChanges: AsyncStream<Void>

    init(_ script: @escaping Script) {
        self.script = Mutex(script)
        state = Mutex(BackendStatus(state: .ready, facts: ModelFacts(name: "scripted", contextLength: 100)))
        (statusChanges, news) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var status: BackendStatus { state.withLock { $0 } }

    func change(_ change: (inout BackendStatus) -> Void) {
        state.withLock { change(&$0) }
        news.yield()
    }

    func run() async {
        try? await Task.sleep(for: .seconds(3600))
    }

    func execute(
        _ shard: Shard,
        emit: @escaping @Sendable (BackendOutput) async throws -> Void
    ) async throws -> BackendResult {
        let script = script.withLock { $0 }
        return try await script(shard) { try await emit(BackendOutput(text: $0, tokens: 1)) }
    }
}

/// Writes `count` numbered words.
func writing(_ count: Int) -> ScriptedBackend.Script {
    { _, write in
        for number in 0..<count { try await write("\(number) ") }
        return BackendResult(
            promptTokens: 8,
            prefillTokens: 8,
            completionTokens: count,
            prefill: .milliseconds(2),
            decode: .milliseconds(count * 10)
        )
    }
}

/// Writes one word and then nothing until it is cancelled.
func hanging() -> ScriptedBackend.Script {
    { _, write in
        try await write("start ")
        try await Task.sleep(for: .seconds(3600))
        return BackendResult()
    }
}
