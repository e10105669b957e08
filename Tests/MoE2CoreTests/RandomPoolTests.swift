import MoE2Core
import Testing

@Suite("Random names")
struct RandomPoolTests {
    /// The pool is filled many times over, by many tasks at once.
    @Test func neverRepeat() async {
        let names = await withTaskGroup(of: [QueryID].self) { group in
            for _ in 0..<8 { group.addTask { (0..<2_000).map { _ in .random() } } }
            return await group.reduce(into: [QueryID]()) { $0 += $1 }
        }
        #expect(Set(names).count == names.count)
    }

    /// Every one of the 32 letters is as frequent as the others, in every place: six standard deviations allow none to fail by
    /// chance.
    @Test func useEveryLetterEvenly() {
        let count = 32_000
        var frequency = [[UInt8: Int]](repeating: [:], count: 24)
        for _ in 0..<count {
            for (place, letter) in QueryID.random().rawValue.utf8.enumerated() {
                frequency[place][letter, default: 0] += 1
            }
        }
        for place in frequency {
            #expect(place.count == 32)
            for times in place.values { #expect(abs(Double(times) - 1_000) < 6 * 31.2) }
        }
    }
}
