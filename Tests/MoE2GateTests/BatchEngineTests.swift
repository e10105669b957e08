import FoundationEssentials
import Logging
import MoE2Core
import MoE2Store
import MoE2Testing
import Synchronization
import Testing

@testable import MoE2Gate

@Suite(.timeLimit(.minutes(2))) struct BatchEngineTests {
    private struct TableScorer: ExpertScorer {
        var table: [String: Double]
        var temperature: Double { 0.5 }
        var origin: String { "table" }
        func scores(prompt: String, category: Category, of experts: [Expert]) -> [ExpertID: Double] {
            // Which expert is best depends on the prompt, and on nothing else.
            let turn = prompt.utf8.reduce(0) { $0 + Int($1) } % max(1, table.count)
            return Dictionary(
                uniqueKeysWithValues: table.sorted { $0.key < $1.key }.enumerated().map { index, entry in
                    (ExpertID(rawValue: entry.key)!, entry.value + (index == turn ? 1 : 0))
                }
            )
        }
    }

    /// One life of a gate over a store.
    private struct Life {
        let parts: GateParts
        let batches: BatchEngine
    }

    private func life(_ store: Store, _ scores: [String: Double], wall: @escaping @Sendable () -> Double = { 1e9 })
        -> Life
    {
        let start = ContinuousClock.now
        var settings = EngineSettings(defaultCategory: Category(rawValue: "general")!, categories: [:])
        settings.hedging = nil
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let now: @Sendable () -> Duration = { ContinuousClock.now - start }
        let parts = GateParts(
            GateParts.Setup(engine: settings, scorer: TableScorer(table: scores)),
            logger: logger,
            now: now
        )
        let clock = BatchClock(now: now, wall: wall, fleetGathered: .zero)
        return Life(parts: parts, batches: parts.batches(BatchJournal(store), clock: clock, logger: logger))
    }

    private func withStore<Value>(_ body: (Store) async throws -> Value) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "batch-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try Store.open(folder.appending(path: "gate.sqlite").path())
        defer { store.close() }
        return try await body(store)
    }

    private func queries(_ count: Int) -> [Query] {
        (0..<count).map {
            Query(id: QueryID(rawValue: "l\($0)")!, messages: [Message(role: .user, content: "line \($0)")])
        }
    }

    private let client = ClientIdentity(name: "c")
    private let id = BatchID(rawValue: "b1")!

    private func hand(_ queries: [Query], to batches: BatchEngine, _ order: BatchOrder) async throws {
        _ = try await batches.create(order, client: client)
        for first in stride(from: 0, to: queries.count, by: 16) {
            let page = Array(queries[first..<min(first + 16, queries.count)])
            _ = try await batches.append(page, to: order.id, first: first, client: client)
        }
    }

    private func results(of batches: BatchEngine, first: Int = 0) async throws -> [BatchResult] {
        let results = Mutex<[BatchResult]>([])
        try await batches.results(of: id, first: first, client: client) { event in
            if case .result(let result) = event { results.withLock { $0.append(result) } }
        }
        return results.withLock { $0 }
    }

    /// Answers with the prompt and its own name.
    private func echo(_ name: String, counting executed: Counter) -> ScriptedAgent.Script {
        { shard, send in
            executed.add(shard.messages.last?.content ?? "")
            _ = try await send("\(name): \(shard.messages.last?.content ?? "")")
            return ShardResult(
                usage: Usage(completionTokens: 1, energy: .joules(2), energySource: .modelled),
                chunks: 1
            )
        }
    }

    private final class Counter: Sendable {
        private let counts = Mutex<[String: Int]>([:])
        func add(_ key: String) { counts.withLock { $0[key, default: 0] += 1 } }
        var total: Int { counts.withLock { $0.values.reduce(0, +) } }
        var distinct: Int { counts.withLock { $0.count } }
    }

    private func agents(_ life: Life, _ executed: Counter) -> [ScriptedAgent] {
        ["a", "b", "c"].map { name in
            ScriptedAgent(name, hub: life.parts.hub, slots: 2, script: echo(name, counting: executed))
        }
    }

    @Test func resultsComeOnceAndInOrder() async throws {
        try await withStore { store in
            let life = life(store, ["a": 0, "b": 0, "c": 0])
            let executed = Counter()
            let (batches, queries) = (life.batches, queries(100))
            let found = try await withAgents(agents(life, executed), alongside: life.batches.run) {
                try await hand(queries, to: batches, BatchOrder(id: id, lines: 100))
                return try await results(of: batches)
            }
            #expect(found.map(\.line) == Array(0..<100))
            #expect(found.allSatisfy { $0.error == nil && $0.text.hasSuffix(": line \($0.line)") })
            #expect(executed.total == 100)
            let status = try await batches.status(id, client: client)
            #expect(status.state == .done || status.state == .running)
            #expect(status.answered == 100)
            #expect(abs(status.energy.joules - 200) < 1e-6)
        }
    }

    /// Stops the gate's batches in the middle, again and again, as a kill would: what is in the journal is all that is left.
    @Test func aBatchThatIsInterruptedEndsAsIfItWasNot() async throws {
        let scores = ["a": 0.0, "b": 0, "c": 0]
        let undisturbed = try await withStore { store in
            let life = life(store, scores)
            let (batches, queries) = (life.batches, queries(120))
            return try await withAgents(agents(life, Counter()), alongside: life.batches.run) {
                try await hand(queries, to: batches, BatchOrder(id: id, lines: 120))
                return try await results(of: batches).map(\.text)
            }
        }
        let executed = Counter()
        let disturbed = try await withStore { store in
            let queries = queries(120)
            for round in 1...4 {
                let life = life(store, scores)
                let batches = life.batches
                try await withAgents(agents(life, executed), alongside: life.batches.run) {
                    if round == 1 { try await hand(queries, to: batches, BatchOrder(id: id, lines: 120)) }
                    try await eventually { try await batches.status(id, client: client).finished >= round * 25 }
                }
            }
            let life = life(store, scores)
            let batches = life.batches
            return try await withAgents(agents(life, executed), alongside: life.batches.run) {
                try await results(of: batches).map(\.text)
            }
        }
        #expect(disturbed == undisturbed)
        // Every stop repeats at most the six shards in flight.
        #expect(executed.distinct == 120)
        #expect(executed.total <= 120 + 4 * 6)
    }

    @Test func aLineThatFailsGoesToTheNextBest() async throws {
        try await withStore { store in
            let life = life(store, ["a": 5, "b": 0])
            let batches = life.batches
            let executed = Counter()
            let broken = ScriptedAgent("a", hub: life.parts.hub, script: failing(code: .internal))
            let sound = ScriptedAgent("b", hub: life.parts.hub, script: echo("b", counting: executed))
            let queries = queries(3)
            let found = try await withAgents([broken, sound], alongside: life.batches.run) {
                try await hand(queries, to: batches, BatchOrder(id: id, lines: 3))
                return try await results(of: batches)
            }
            #expect(found.map(\.text) == (0..<3).map { "b: line \($0)" })
        }
    }

    @Test func spentEnergyEndsTheBatchWithReasons() async throws {
        try await withStore { store in
            let life = life(store, ["a": 0])
            let batches = life.batches
            let executed = Counter()
            let agent = ScriptedAgent("a", hub: life.parts.hub, slots: 1, script: echo("a", counting: executed))
            var queries = queries(50)
            for index in queries.indices { queries[index].decoding.maxTokens = 1 }
            let handed = queries
            let found = try await withAgents([agent], alongside: life.batches.run) {
                try await hand(handed, to: batches, BatchOrder(id: id, lines: 50, energyLimit: .joules(20)))
                return try await results(of: batches)
            }
            #expect(found.count == 50)
            let answered = found.filter { $0.error == nil }.count
            #expect(answered == 10)
            #expect(found.filter { $0.error?.code == .resourceExhausted }.count == 50 - answered)
        }
    }

    @Test func badOrdersAndLinesAreRefused() async throws {
        try await withStore { store in
            let batches = life(store, ["a": 0]).batches
            await #expect { try await batches.create(BatchOrder(id: id, lines: 0), client: client) } throws: {
                ($0 as? StatusError)?.code == .invalidArgument
            }
            _ = try await batches.create(BatchOrder(id: id, lines: 10), client: client)
            await #expect {
                try await batches.create(BatchOrder(id: id, lines: 11), client: client)
            } throws: { ($0 as? StatusError)?.code == .alreadyExists }
            await #expect {
                try await batches.append(queries(2), to: id, first: 4, client: client)
            } throws: { ($0 as? StatusError)?.code == .outOfRange }
            await #expect {
                try await batches.append(
                    [Query(id: .random(), messages: [])],
                    to: id,
                    first: 0,
                    client: client
                )
            } throws: { ($0 as? StatusError)?.message.hasPrefix("line 1: ") == true }
            await #expect {
                try await batches.status(id, client: ClientIdentity(name: "somebody else"))
            } throws: { ($0 as? StatusError)?.code == .notFound }
        }
    }

    /// The client forgets a batch as soon as it has the last result, and may order the same again.
    @Test func aBatchThatWasForgottenIsDoneAgain() async throws {
        try await withStore { store in
            let life = life(store, ["a": 0])
            let batches = life.batches
            let executed = Counter()
            let agent = ScriptedAgent("a", hub: life.parts.hub, slots: 2, script: echo("a", counting: executed))
            let queries = queries(5)
            try await withAgents([agent], alongside: life.batches.run) {
                for _ in 0..<3 {
                    try await hand(queries, to: batches, BatchOrder(id: id, lines: 5))
                    #expect(try await results(of: batches).count == 5)
                    #expect(try await batches.cancel(id, client: client).state == .done)
                }
            }
            #expect(executed.total == 15)
        }
    }

    @Test func aBatchThatWasGivenUpCanBeOrderedAgain() async throws {
        try await withStore { store in
            let batches = life(store, ["a": 0]).batches
            _ = try await batches.create(BatchOrder(id: id, lines: 5), client: client)
            #expect(try await batches.cancel(id, client: client).state == .cancelled)
            #expect(try await batches.create(BatchOrder(id: id, lines: 5), client: client).state == .receiving)
        }
    }

    @Test func aCancelledBatchStopsAndIsForgottenTheSecondTime() async throws {
        try await withStore { store in
            let life = life(store, ["a": 0])
            let batches = life.batches
            let agent = ScriptedAgent("a", hub: life.parts.hub, script: silent())
            let queries = queries(3)
            try await withAgents([agent], alongside: life.batches.run) {
                try await hand(queries, to: batches, BatchOrder(id: id, lines: 3))
                try await eventually { !agent.startedShards.isEmpty }
                #expect(try await batches.cancel(id, client: client).state == .cancelled)
                try await eventually { !agent.cancelledShards.isEmpty }
                _ = try await batches.cancel(id, client: client)
                await #expect { try await batches.status(id, client: client) } throws: {
                    ($0 as? StatusError)?.code == .notFound
                }
            }
        }
    }
}
