import MoE2Core
import Testing

@testable import MoE2Gate

@Suite(.timeLimit(.minutes(1))) struct ShardMailboxTests {
    private func chunks(_ range: Range<Int>) -> [ShardChunk] {
        range.map { ShardChunk(sequence: UInt32($0), text: "\($0) ", tokens: 1) }
    }

    @Test func outputArrivesInOrderAndThenTheEnd() async throws {
        let mailbox = ShardMailbox()
        #expect(try await mailbox.push(chunks(0..<3)))
        mailbox.finish(ShardResult(chunks: 3))
        var text = ""
        while case .chunk(let chunk) = try await mailbox.next() { text += chunk.text }
        #expect(text == "0 1 2 ")
    }

    /// The runtime tells a task that it is cancelled, and resumes it, with a lock of the task held.
    @Test func aReaderThatIsCancelledAndAWriterDoNotWaitForEachOther() async {
        for _ in 0..<3_000 {
            let mailbox = ShardMailbox()
            let reader = Task { try? await mailbox.next() }
            await Task.yield()
            let writing = Task.detached { [chunks] in try? mailbox.push(chunks(0..<1)) { _ in } }
            let cancelling = Task.detached { reader.cancel() }
            await writing.value
            await cancelling.value
            _ = await reader.value
        }
    }

    @Test func whatIsSentAgainIsDropped() async throws {
        let mailbox = ShardMailbox()
        _ = try await mailbox.push(chunks(0..<3))
        _ = try await mailbox.push(chunks(1..<5))
        mailbox.finish(ShardResult())
        var numbers: [UInt32] = []
        while case .chunk(let chunk) = try await mailbox.next() { numbers.append(chunk.sequence) }
        #expect(numbers == [0, 1, 2, 3, 4])
    }

    @Test func theEndMayBringTheLastChunks() async throws {
        let mailbox = ShardMailbox()
        _ = try await mailbox.push(chunks(0..<2))
        mailbox.finish(ShardResult(chunks: 200), last: chunks(1..<200))
        var numbers: [UInt32] = []
        while case .chunk(let chunk) = try await mailbox.next() { numbers.append(chunk.sequence) }
        #expect(numbers == (0..<200).map { UInt32($0) })
        guard case .finished(let result) = try await mailbox.next() else { return }
        #expect(result.error == nil)
    }

    /// An answer with a hole must not pass for a whole one.
    @Test(arguments: [1..<3, 0..<0]) func anEndWhoseOutputIsMissingIsAFailure(last: Range<Int>) async throws {
        let mailbox = ShardMailbox()
        mailbox.finish(ShardResult(chunks: 3), last: chunks(last))
        guard case .finished(let result) = try await mailbox.next() else {
            Issue.record("a chunk came")
            return
        }
        #expect(result.error?.code == .dataLoss)
    }

    @Test func aGapIsAnError() async throws {
        let mailbox = ShardMailbox()
        _ = try await mailbox.push(chunks(0..<1))
        await #expect(throws: StatusError.self) { try await mailbox.push(chunks(2..<3)) }
    }

    /// The writer is answered only when the reader has caught up, so no more than a mailbox full is ever held.
    @Test func aSlowReaderHoldsTheWriterBack() async throws {
        let mailbox = ShardMailbox()
        let total = ShardMailbox.capacity * 20
        let writer = Task {
            var sent = 0
            while sent < total {
                let next = min(sent + 16, total)
                _ = try await mailbox.push(chunks(sent..<next))
                sent = next
            }
            mailbox.finish(ShardResult())
        }
        var count = 0
        while case .chunk = try await mailbox.next() { count += 1 }
        try await writer.value
        #expect(count == total)
    }

    @Test func closingLetsTheWriterGo() async throws {
        let mailbox = ShardMailbox()
        let writer = Task { try await mailbox.push(chunks(0..<ShardMailbox.capacity * 2)) }
        _ = try await mailbox.next()
        mailbox.close()
        #expect(try await !writer.value)
    }

    @Test func aCancelledReaderStopsWaiting() async throws {
        let mailbox = ShardMailbox()
        let reader = Task { try await mailbox.next() }
        reader.cancel()
        await #expect(throws: CancellationError.self) { try await reader.value }
    }
}
