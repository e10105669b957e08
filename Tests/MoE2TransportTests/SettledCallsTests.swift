import Testing

@testable import MoE2Transport

@Suite struct SettledCallsTests {
    private func key(_ epoch: UInt64, _ stream: Int) -> CallKey { CallKey(epoch: epoch, stream: UInt64(stream)) }

    @Test func aBusyCallerForgetsItsOwnOldestCallsOnly() {
        var settled = SettledCalls()
        #expect(settled.add(key(1, 0)).isEmpty)
        var forgotten: [CallKey] = []
        for stream in 0..<10_000 { forgotten += settled.add(key(2, stream)) }
        #expect(forgotten == (0..<forgotten.count).map { key(2, $0) })
        #expect(settled.count == 1 + 10_000 - forgotten.count)
        #expect(settled.count <= 1 + SettledCalls.perCaller)
        #expect(settled.count > SettledCalls.perCaller / 2)
    }

    @Test func manyCallersAreBoundedTogether() {
        var settled = SettledCalls()
        for epoch in 0..<200 {
            for stream in 0..<1000 { _ = settled.add(key(UInt64(epoch), stream)) }
        }
        #expect(settled.count <= SettledCalls.inAll)
    }

    @Test func whatIsForgottenOtherwiseLeavesNothingBehind() {
        var settled = SettledCalls()
        for stream in 0..<100 { _ = settled.add(key(7, stream)) }
        settled.keep { $0.stream >= 40 }
        #expect(settled.count == 60)
        settled.keep { _ in false }
        #expect(settled.count == 0)
    }
}
