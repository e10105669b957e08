import MoE2Backends
import MoE2Core
import MoE2Testing
import Testing

@testable import MoE2Agent

@Suite struct PureTests {
    // MARK: Rates

    @Test func aStallAndABurstDoNotMoveTheRate() {
        var rates = RateEstimator()
        #expect(rates.rate(now: .zero) == 0)
        for second in 0..<20 { rates.add(tokens: 64, duration: .seconds(1), now: .seconds(second)) }
        rates.add(tokens: 64, duration: .seconds(500), now: .seconds(20))
        rates.add(tokens: 64, duration: .microseconds(1), now: .seconds(20))
        #expect(rates.rate(now: .seconds(21)) == 64)
    }

    @Test func aNewSpeedWinsWithTime() {
        var rates = RateEstimator()
        for second in 0..<40 { rates.add(tokens: 64, duration: .seconds(1), now: .seconds(second)) }
        for second in 300..<315 { rates.add(tokens: 64, duration: .seconds(2), now: .seconds(second)) }
        #expect(rates.rate(now: .seconds(315)) == 32)
    }

    @Test func nonsenseIsIgnored() {
        var rates = RateEstimator()
        rates.add(tokens: 0, duration: .seconds(1), now: .zero)
        rates.add(tokens: -5, duration: .seconds(1), now: .zero)
        rates.add(tokens: 5, duration: .zero, now: .zero)
        rates.add(tokens: 5, duration: .seconds(-1), now: .zero)
        #expect(rates.isEmpty)
    }

    @Test func theRateIsAlwaysOneThatWasMeasured() {
        let seed: UInt64 = 99
        var generator = SeededGenerator(seed: seed)
        for round in 0..<300 {
            var rates = RateEstimator()
            var least = Double.infinity
            var most = 0.0
            for second in 0..<Int.random(in: 1...200, using: &generator) {
                let tokens = Int.random(in: 1...500, using: &generator)
                let duration = Duration.milliseconds(Int.random(in: 1...5000, using: &generator))
                rates.add(tokens: tokens, duration: duration, now: .seconds(second))
                least = min(least, Double(tokens) / duration.seconds)
                most = max(most, Double(tokens) / duration.seconds)
            }
            let now = Duration.seconds(Int.random(in: 200...100_000, using: &generator))
            #expect((least...most).contains(rates.rate(now: now)), "seed \(seed), round \(round)")
        }
    }

    // MARK: Chunks

    @Test func chunksAreNumberedJoinedAndComplete() {
        let seed: UInt64 = 5
        var generator = SeededGenerator(seed: seed)
        for round in 0..<300 {
            var chunks = ChunkCoalescer()
            var sent: [ShardChunk] = []
            var text = ""
            var tokens = 0
            for _ in 0..<Int.random(in: 0...300, using: &generator) {
                let piece = String(repeating: "é", count: Int.random(in: 0...600, using: &generator))
                let isPlain = Int.random(in: 0..<10, using: &generator) > 0
                chunks.add(BackendOutput(text: piece, tokens: 1, logProbabilitiesJSON: isPlain ? "" : "{}"))
                text += piece
                tokens += 1
                if Int.random(in: 0..<5, using: &generator) == 0 { sent += chunks.take() }
            }
            while !chunks.isEmpty {
                let batch = chunks.take()
                #expect(!batch.isEmpty && batch.count <= ChunkCoalescer.batchChunks)
                sent += batch
            }
            #expect(chunks.bytes == 0, "seed \(seed), round \(round)")
            #expect(sent.map(\.sequence) == (0..<UInt32(sent.count)).map { $0 }, "seed \(seed), round \(round)")
            #expect(sent.map(\.text).joined() == text)
            #expect(sent.reduce(0) { $0 + $1.tokens } == tokens)
            #expect(sent.allSatisfy { $0.text.utf8.count <= ChunkCoalescer.chunkBytes })
        }
    }

    @Test(.timeLimit(.minutes(1))) func aSlowReaderStopsTheWriter() async {
        let buffer = ChunkBuffer(linger: .zero, keepsLast: false)
        let big = String(repeating: "x", count: 60_000)
        let writer = Task {
            for _ in 0..<50 { await buffer.add(BackendOutput(text: big, tokens: 1)) }
            buffer.close()
        }
        var total = 0
        while true {
            let batch = await buffer.next()
            if batch.isEmpty { break }
            let bytes = batch.reduce(0) { $0 + $1.text.utf8.count }
            #expect(bytes <= ChunkCoalescer.capacity + big.utf8.count)
            total += bytes
        }
        await writer.value
        #expect(total == 50 * 60_000)
    }

    @Test(.timeLimit(.minutes(1))) func aWriterWhoseReaderIsGoneGoesOn() async {
        let buffer = ChunkBuffer(linger: .zero, keepsLast: false)
        buffer.close()
        for _ in 0..<100 { await buffer.add(BackendOutput(text: String(repeating: "x", count: 60_000), tokens: 1)) }
        #expect(await buffer.next().isEmpty)
    }

    @Test(.timeLimit(.minutes(1))) func outputThatNobodyReadsLingersUntilTheEnd() async {
        let buffer = ChunkBuffer(linger: .seconds(3600), keepsLast: true)
        let reader = Task { await buffer.next() }
        for number in 0..<10 { await buffer.add(BackendOutput(text: "\(number) ", tokens: 1)) }
        buffer.close()
        #expect(await reader.value.isEmpty)
        #expect(buffer.takeLast().map(\.text) == ["0 1 2 3 4 5 6 7 8 9 "])
    }

    @Test(.timeLimit(.minutes(1))) func muchOutputDoesNotLinger() async {
        let buffer = ChunkBuffer(linger: .seconds(3600), keepsLast: true)
        let big = String(repeating: "x", count: 60_000)
        let writer = Task {
            for _ in 0..<50 { await buffer.add(BackendOutput(text: big, tokens: 1)) }
            buffer.close()
        }
        var total = 0
        while true {
            let batch = await buffer.next()
            if batch.isEmpty { break }
            total += batch.reduce(0) { $0 + $1.text.utf8.count }
        }
        await writer.value
        let last = buffer.takeLast().reduce(0) { $0 + $1.text.utf8.count }
        #expect(last <= ChunkCoalescer.batchBytes)
        #expect(total + last == 50 * 60_000)
    }

    // MARK: Memory

    @Test func onlyTheProgramsOwnCodeIsGivenBack() {
        let maps = """
            55-66 r-xp 00000000 fe:00 1     /opt/a b
            66-70 r--p 00000000 fe:00 1     /opt/a b
            70-80 rw-p 00000000 fe:00 1     /opt/a b
            90-91 r-xp 00000000 fe:00 2     /lib/other
            zz r-xp 0 0 0 /opt/a b
            91-92 r-xp 0 0:0 0
            """
        #expect(StartupPages.codeRanges(maps: maps, program: "/opt/a b") == [0x55..<0x66])
        #expect(StartupPages.codeRanges(maps: maps, program: "").isEmpty)
        StartupPages.release()
    }

    // MARK: Backoff

    @Test func pausesDoubleUpToTheLongestAndAreJittered() {
        var generator = SeededGenerator(seed: 3)
        var backoff = Backoff(first: .milliseconds(100), longest: .seconds(10))
        for attempt in 0..<100 {
            let full = min(Duration.milliseconds(100) * (1 << min(attempt, 20)), .seconds(10))
            let pause = backoff.failed(using: &generator)
            #expect(pause >= full / 2 && pause <= full, "attempt \(attempt)")
        }
        backoff.succeeded()
        #expect(backoff.failed(using: &generator) <= .milliseconds(100))
    }
}
