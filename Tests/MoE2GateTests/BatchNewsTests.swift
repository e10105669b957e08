import Testing

@testable import MoE2Gate

@Suite(.timeLimit(.minutes(1))) struct BatchNewsTests {
    @Test func allWhoWaitHearOfNews() async {
        let news = BatchNews()
        let version = news.version
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { await news.wait(after: version, atMost: .seconds(3600)) } }
            news.announce()
        }
        #expect(news.version == version + 1)
    }

    @Test func newsThatCameBeforeTheWaitCount() async {
        let news = BatchNews()
        let version = news.version
        news.announce()
        await news.wait(after: version, atMost: .seconds(3600))
    }

    @Test func withoutNewsTheWaitEndsAtItsLimitOrWithItsTask() async {
        let news = BatchNews()
        await news.wait(after: news.version, atMost: .milliseconds(1))
        let waiting = Task { await news.wait(after: news.version, atMost: .seconds(3600)) }
        waiting.cancel()
        await waiting.value
    }
}
