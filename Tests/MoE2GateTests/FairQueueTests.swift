import MoE2Core
import MoE2Testing
import Testing

@testable import MoE2Gate

@Suite struct FairQueueTests {
    private func order(_ name: String, client: String, priority: Int32 = 0) -> ShardOrder {
        ShardOrder(
            shard: Shard(
                id: ShardID(rawValue: name)!,
                expert: ExpertID(rawValue: "e")!,
                task: .generate,
                messages: [],
                timeLeft: .seconds(1)
            ),
            client: client,
            priority: priority,
            submitted: .zero
        )
    }

    private func drain(_ queue: inout FairQueue) -> [String] {
        var names: [String] = []
        while let order = queue.popFirst() { names.append(order.shard.id.rawValue) }
        return names
    }

    @Test func aGreedyClientDoesNotDelayAnother() {
        var queue = FairQueue()
        for index in 0..<100 { queue.append(order("greedy-\(index)", client: "greedy")) }
        queue.append(order("modest-0", client: "modest"))
        queue.append(order("modest-1", client: "modest"))
        let names = drain(&queue)
        #expect(names.prefix(4) == ["greedy-0", "modest-0", "greedy-1", "modest-1"])
        #expect(names.count == 102)
    }

    @Test func higherPriorityGoesFirst() {
        var queue = FairQueue()
        queue.append(order("normal", client: "a"))
        queue.append(order("urgent", client: "a", priority: 5))
        queue.append(order("idle", client: "a", priority: -5))
        #expect(drain(&queue) == ["urgent", "normal", "idle"])
    }

    /// Whatever the order of events, nothing is lost or doubled, and one client's shards keep their order.
    @Test(arguments: 0..<100)
    func nothingIsLostOrReordered(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = FairQueue()
        var waiting: Set<String> = []
        var lastOfClient: [String: Int] = [:]
        for index in 0..<200 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<6:
                let client = "c\(Int.random(in: 0..<5, using: &random))"
                queue.append(order("\(client):\(index)", client: client))
                waiting.insert("\(client):\(index)")
            case 6:
                guard let name = waiting.sorted().randomElement(using: &random) else { continue }
                let removed = queue.remove(ShardID(rawValue: name)!)
                #expect(removed != nil, "seed \(seed)")
                waiting.remove(name)
            default:
                guard let popped = queue.popFirst() else {
                    #expect(waiting.isEmpty, "seed \(seed)")
                    continue
                }
                let name = popped.shard.id.rawValue
                #expect(waiting.remove(name) != nil, "seed \(seed)")
                let number = Int(name.split(separator: ":")[1])!
                #expect(lastOfClient[popped.client] ?? -1 < number, "seed \(seed)")
                lastOfClient[popped.client] = number
            }
            #expect(queue.count == waiting.count, "seed \(seed)")
        }
    }
}
