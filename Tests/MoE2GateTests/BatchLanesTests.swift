import MoE2Core
import MoE2Testing
import Testing

@testable import MoE2Gate

@Suite struct BatchLanesTests {
    private func expert(_ number: Int) -> ExpertID { ExpertID(rawValue: "e\(number)")! }

    /// Any order of events: every line ends once, nobody works on a line that another works on, and only peers help.
    @Test(arguments: 0..<300) func everyLineEndsOnce(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let experts = (0..<(2 + seed % 4)).map(expert)
        let lines = (0..<60).map { number in
            let order = experts.shuffled(using: &generator)
            return BatchLanes.Line(
                number: number,
                expert: order[0],
                alternatives: Array(order.dropFirst()),
                peers: Int.random(in: 0..<order.count, using: &generator)
            )
        }
        var allowed = Dictionary(
            uniqueKeysWithValues: lines.map { ($0.number, Set([$0.expert!] + $0.alternatives.prefix($0.peers))) }
        )
        var lanes = BatchLanes(lines)
        var running: [Int: ExpertID] = [:]
        var ended: Set<Int> = []
        var steps = 0
        while !lanes.isFinished, steps < 20_000 {
            steps += 1
            switch Int.random(in: 0..<10, using: &generator) {
            case 0..<5:
                let expert = experts.randomElement(using: &generator)!
                guard let line = lanes.next(for: expert) else { continue }
                #expect(running[line] == nil && !ended.contains(line))
                #expect(allowed[line]!.contains(expert))
                running[line] = expert
            case 5..<8:
                guard let line = running.keys.sorted().randomElement(using: &generator) else { continue }
                lanes.finish(line)
                running[line] = nil
                #expect(ended.insert(line).inserted)
            case 8:
                guard let line = running.keys.sorted().randomElement(using: &generator) else { continue }
                running[line] = nil
                if lanes.fail(line) {
                    allowed[line] = Set(experts)
                } else {
                    lanes.finish(line)
                    #expect(ended.insert(line).inserted)
                }
            default:
                guard let line = running.keys.sorted().randomElement(using: &generator) else { continue }
                running[line] = nil
                lanes.putBack(line)
            }
        }
        #expect(lanes.isFinished)
        #expect(ended == Set(lines.map(\.number)))
        #expect(lanes.shards.reduce(0) { $0 + $1.lines } == lines.count)
        #expect(lanes.shards.allSatisfy { $0.done == $0.lines && $0.running == 0 })
    }

    @Test func linesAreTakenInTheirOrder() {
        var lanes = BatchLanes((0..<5).map { BatchLanes.Line(number: $0, expert: expert(0)) })
        #expect((0..<5).map { _ in lanes.next(for: expert(0)) } == [0, 1, 2, 3, 4])
        #expect(lanes.next(for: expert(0)) == nil)
    }

    @Test func anIdlePeerTakesTheLastLinesOfTheLongestLane() {
        var lanes = BatchLanes(
            (0..<4).map { BatchLanes.Line(number: $0, expert: expert(0), alternatives: [expert(1)], peers: 1) }
        )
        #expect(lanes.next(for: expert(1)) == 3)
        #expect(lanes.next(for: expert(0)) == 0)
        #expect(lanes.next(for: expert(1)) == 2)
        // One line is left, and its own expert is about to take it.
        #expect(lanes.next(for: expert(1)) == nil)
    }

    @Test func aStrangerDoesNotHelp() {
        var lanes = BatchLanes(
            (0..<4).map { BatchLanes.Line(number: $0, expert: expert(0), alternatives: [expert(1)], peers: 0) }
        )
        #expect(lanes.next(for: expert(1)) == nil)
        #expect(lanes.abandon(expert(0)).isEmpty)
        #expect((0..<4).compactMap { _ in lanes.next(for: expert(1)) }.sorted() == [0, 1, 2, 3])
    }

    @Test func aLineThatNobodyElseCanTakeStaysWithItsExpert() {
        var lanes = BatchLanes([BatchLanes.Line(number: 7, expert: expert(0))])
        #expect(lanes.abandon(expert(0)) == [7])
        #expect(lanes.next(for: expert(0)) == 7)
    }
}
