import MoE2Testing
import Testing

@testable import MoE2Costs

@Suite struct RecentValuesTests {
    @Test func aQuantileMayGoByTheLastValuesOnly() {
        var values = RecentValues()
        for value in 1...100 { values.add(Double(value), at: 0) }
        #expect(values.tail(0.5, ofLast: 3) == 99)
        #expect(values.tail(1, ofLast: 16) == 100)
        #expect(values.tail(0, ofLast: 16) == 85)
        #expect(values.tail(0.5, ofLast: 1000) == values.quantile(0.5))
    }

    /// The same as sorting the last 64 and taking the ⌈level·(n+1)⌉-th, whatever comes.
    @Test(arguments: 0..<100)
    func quantilesAreThoseOfTheLastValues(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var (values, kept) = (RecentValues(), [Double]())
        for _ in 0..<Int.random(in: 1...200, using: &random) {
            let value = [Double.nan, -1, .infinity, 1e300].randomElement(using: &random)!
            let usual = Double(Int.random(in: 0...20, using: &random))
            let next = Int.random(in: 0..<10, using: &random) == 0 ? value : usual
            values.add(next, at: Double.random(in: -5...1e9, using: &random))
            if next == usual { kept.append(next) }
        }
        guard !kept.isEmpty else { return }
        for window in [1, 16, 64, 1000] {
            let latest = kept.suffix(min(window, RecentValues.capacity)).sorted()
            for level in [-1, 0, 0.25, 0.5, 0.9, 0.985, 1, 2] {
                let rank = min(max(Int((level * Double(latest.count + 1)).rounded(.up)), 1), latest.count)
                #expect(values.tail(level, ofLast: window) == latest[rank - 1], "seed \(seed)")
            }
        }
    }

    /// With a spacing, what comes in bursts counts once; without gaps that are shorter, nothing is different.
    @Test func spacedValuesSpanTime() {
        var (spaced, every) = (RecentValues(spacing: 1), RecentValues())
        for second in 0..<64 {
            spaced.add(1, at: Double(second))
            every.add(1, at: Double(second))
        }
        #expect(spaced.count == every.count)
        for number in 0..<1000 {
            spaced.add(9, at: 64 + Double(number) / 50)
            every.add(9, at: 64 + Double(number) / 50)
        }
        #expect(every.quantile(0.5) == 9)
        #expect(spaced.quantile(0.5) == 1 && spaced.count == 64)
        #expect(spaced.quantile(0.75) == 9, "twenty of 64")
    }

    /// Levels that one value reached are forgiven after the patience, that two reached after twice as long, and so on.
    @Test func eachFurtherValueDoublesTheWait() {
        var values = RecentValues()
        for value in [1.0, 2, 3, 4, 5] { values.add(value, at: 0) }
        func largest(_ now: Double) -> Double? {
            values.tail(1, forgiving: Forgiveness(patience: 10, refused: 0, now: now))
        }
        #expect(largest(9) == 5)
        #expect(largest(10) == 4 && largest(19) == 4)
        #expect(largest(20) == 3)
        #expect(largest(40) == 2)
        #expect(largest(80) == 1)
        #expect(largest(160) == nil)
    }

    /// What was outlived is past for good, yet it is remembered when the same happens again.
    @Test func whatHappensAgainWaitsLonger() {
        var values = RecentValues()
        for value in [1.0, 1, 1, 9] { values.add(value, at: 0) }
        values.outlive(Forgiveness(patience: 10, refused: 0, now: 10))
        values.add(1, at: 10)
        #expect(values.tail(1) == 1)
        values.add(8, at: 11)
        #expect(values.tail(1) == 8)
        func largest(_ now: Double) -> Double? {
            values.tail(1, forgiving: Forgiveness(patience: 10, refused: 0, now: now))
        }
        #expect(largest(30) == 8)
        #expect(largest(31) == 1)
    }

    /// With time, and the earlier the fewer values reached it, a level is forgiven and stays so.
    @Test(arguments: 0..<100)
    func theTailOnlyShrinksWithTime(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var values = RecentValues()
        var last = 0.0
        for _ in 0..<Int.random(in: 1...150, using: &random) {
            last += Double.random(in: 0...5, using: &random)
            values.add(Double.random(in: 0...10, using: &random), at: last)
        }
        let patience = Double.random(in: 0.1...60, using: &random)
        var before = Double.infinity
        for step in 0...40 {
            let now = last + patience * Double(step) / 40 * Double(1 << (Forgiveness.mostDoublings + 1))
            let forgives = Forgiveness(patience: patience, refused: last, now: now)
            let tail = values.tail(0.985, forgiving: forgives) ?? 0
            #expect(tail <= before, "seed \(seed)")
            before = tail
        }
        #expect(before == 0, "seed \(seed): everything is forgiven in the end")
    }
}
