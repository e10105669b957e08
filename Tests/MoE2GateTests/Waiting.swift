import MoE2Core
import MoE2Wire

@testable import MoE2Gate

/// What answers by a callback, as tests like to wait for it.
extension FleetHub {
    func poll(session: String, expert: ExpertID?) async throws -> PollReply {
        let (replies, reply) = AsyncStream<PollReply>.makeStream()
        let ticket = try poll(session: session, expert: expert) {
            reply.yield($0)
            reply.finish()
        }
        return await withTaskCancellationHandler {
            for await answer in replies { return answer }
            return .none
        } onCancel: {
            giveUp(ticket)
        }
    }

    func chunks(session: String, shard: ShardID, chunks: [ShardChunk]) async throws -> Bool {
        try await withCheckedThrowingContinuation { continuation in
            do throws(StatusError) {
                try self.chunks(session: session, shard: shard, chunks: chunks) { continuation.resume(returning: $0) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}

extension ShardMailbox {
    func push(_ chunks: [ShardChunk]) async throws -> Bool {
        try await withCheckedThrowingContinuation { continuation in
            do throws(StatusError) {
                try push(chunks) { continuation.resume(returning: $0) }
            } catch {
                continuation.resume(throwing: error)
            }
        }
    }
}
