import MoE2Core
import MoE2Wire
import Synchronization

@testable import MoE2Gate

/// An agent that plays a script instead of driving a model server: it speaks to the real ``FleetHub`` as the service
/// does. Failures that a real server produces only by chance come on demand.
final class ScriptedAgent: Sendable {
    /// What a shard does: it gets the shard and a function that sends text, and returns how it ended.
    typealias Script = @Sendable (Shard, @Sendable (String) async throws -> Bool) async throws -> ShardResult

    let expert: ExpertID
    let host: HostID
    private let hub: FleetHub
    private let session: String
    private let script: Script
    private let slots: Int
    private let state = Mutex((started: [Shard](), cancelled: [ShardID](), running: [ShardID: Task<Void, Never>]()))

    init(_ name: String, hub: FleetHub, slots: Int = 1, session: String? = nil, script: @escaping Script) {
        expert = ExpertID(rawValue: name)!
        host = HostID(rawValue: "host-\(name)")!
        self.hub = hub
        self.slots = slots
        self.session = session ?? "session-\(name)"
        self.script = script
    }

    var startedShards: [Shard] { state.withLock { $0.started } }
    var cancelledShards: [ShardID] { state.withLock { $0.cancelled } }

    func join() throws {
        try hub.join(
            session: session,
            host: Host(id: host),
            experts: [
                Expert(id: expert, model: expert.rawValue, backend: "llama.cpp", slots: slots, scoresChoices: true)
            ],
            report: CapacityReport(
                sequence: 1,
                experts: [
                    ExpertCapacity(
                        expert: expert,
                        state: .ready,
                        slots: slots,
                        prefillRate: 10_000,
                        decodeRate: 10_000
                    )
                ]
            )
        )
    }

    /// Polls and runs shards until the task is cancelled or the session ends.
    func run() async {
        await withDiscardingTaskGroup { group in
            for _ in 0..<slots {
                group.addTask {
                    while !Task.isCancelled,
                        let reply = try? await self.hub.poll(session: self.session, expert: self.expert)
                    {
                        if case .start(let shard) = reply { await self.execute(shard) }
                    }
                }
            }
            group.addTask {
                while !Task.isCancelled, let reply = try? await self.hub.poll(session: self.session, expert: nil) {
                    guard case .cancelShard(let id) = reply else { continue }
                    self.state.withLock { state in
                        state.cancelled.append(id)
                        state.running[id]?.cancel()
                    }
                }
            }
        }
    }

    private func execute(_ shard: Shard) async {
        let sequence = Mutex<UInt32>(0)
        let task = Task { [script, hub, session] in
            var result: ShardResult
            do {
                result = try await script(shard) { text in
                    let number = sequence.withLock { number in
                        defer { number += 1 }
                        return number
                    }
                    return try await hub.chunks(
                        session: session,
                        shard: shard.id,
                        chunks: [ShardChunk(sequence: number, text: text, tokens: 1)]
                    )
                }
            } catch {
                result = ShardResult(error: StatusError(.cancelled, "stopped"), finishReason: .interrupted)
            }
            hub.finish(session: session, shard: shard.id, result: result)
        }
        state.withLock { state in
            state.started.append(shard)
            state.running[shard.id] = task
        }
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        state.withLock { _ = $0.running.removeValue(forKey: shard.id) }
    }
}

/// Writes `words` one by one and ends well.
func writing(_ words: String...) -> ScriptedAgent.Script {
    { _, send in
        for word in words { _ = try await send(word) }
        return ShardResult(
            usage: Usage(
                promptTokens: 3,
                completionTokens: words.count,
                energy: .joules(1),
                energySource: .modelled
            ),
            chunks: UInt32(words.count)
        )
    }
}

/// Writes `words`, then fails with `code`.
func failing(after words: String..., code: StatusCode = .unavailable) -> ScriptedAgent.Script {
    { _, send in
        for word in words { _ = try await send(word) }
        return ShardResult(error: StatusError(code, "the model server broke"), usage: Usage(energy: .joules(1)))
    }
}

/// Writes nothing until it is cancelled.
func silent() -> ScriptedAgent.Script {
    { _, _ in
        while true { try await Task.sleep(for: .seconds(3600)) }
    }
}
