import Testing

@testable import MoE2HTTP

@Suite(.timeLimit(.minutes(1))) struct EventPipeTests {
    @Test func elementsArriveInOrder() async {
        let pipe = EventPipe<Int>(capacity: 2)
        async let sent: Void = {
            for number in 0..<1_000 { try? await pipe.send(number) }
            pipe.finish()
        }()
        var received: [Int] = []
        while let number = await pipe.next() { received.append(number) }
        await sent
        #expect(received == Array(0..<1_000))
    }

    @Test func aFullPipeHoldsItsWriterUntilItIsCancelled() async {
        let pipe = EventPipe<Int>(capacity: 1)
        let writer = Task {
            for number in 0..<10 { try await pipe.send(number) }
        }
        #expect(await pipe.next() == 0)
        writer.cancel()
        await #expect(throws: CancellationError.self) { try await writer.value }
    }

    @Test func aReaderThatIsGoneLetsTheWriterGo() async {
        let pipe = EventPipe<Int>(capacity: 0)
        let writer = Task {
            while true { try await pipe.send(1) }
        }
        #expect(await pipe.next() == 1)
        pipe.finish()
        await #expect(throws: CancellationError.self) { try await writer.value }
    }

    @Test func aReaderThatIsCancelledAndAWriterDoNotWaitForEachOther() async {
        for _ in 0..<3_000 {
            let pipe = EventPipe<Int>(capacity: 4)
            let reader = Task { await pipe.next() }
            await Task.yield()
            let writing = Task.detached { try? await pipe.send(1) }
            let cancelling = Task.detached { reader.cancel() }
            await writing.value
            await cancelling.value
            _ = await reader.value
        }
    }
}
