import Foundation
import GRDB
import Logging
import MoE2Core
import Testing

@testable import MoE2Store

@Suite final class BooksTests {
    private let folder: URL
    private var path: String { folder.appending(path: "books.sqlite").path() }
    /// 2026-11-25 12:00 UTC.
    private let noon = 1_795_608_000.0

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "moe2-books-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    private func writer(_ store: Store, keep: Duration = .seconds(86_400)) -> BookWriter {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let now = noon
        return BookWriter(store: store, keep: keep, logger: logger, unixTime: { now })
    }

    private func shard(
        _ number: Int,
        at time: Double,
        host: String = "h",
        client: String = "c",
        joules: Double = 2,
        source: Provenance = .measured,
        error: StatusError? = nil
    ) -> BookEntry {
        .shard(
            BookedShard(
                ended: time,
                id: ShardID(rawValue: "s\(number)")!,
                query: QueryID(rawValue: "q\(number)")!,
                client: client,
                category: Category(rawValue: "math")!,
                expert: ExpertID(rawValue: "e-\(host)")!,
                host: HostID(rawValue: host)!,
                cause: "first",
                error: error,
                elapsed: .milliseconds(100),
                usage: Usage(promptTokens: 10, completionTokens: 5, energy: .joules(joules), energySource: source),
                predicted: CostEstimate(
                    latency: .milliseconds(80),
                    latencyP90: .milliseconds(120),
                    energy: .joules(1.5),
                    energyP90: .joules(1.8),
                    source: .modelled
                )
            )
        )
    }

    private func query(_ number: Int, at time: Double, client: String = "c", prompt: String? = nil) -> BookEntry {
        .query(
            BookedQuery(
                ended: time,
                id: QueryID(rawValue: "q\(number)")!,
                client: client,
                category: Category(rawValue: "math")!,
                mode: .route,
                error: number.isMultiple(of: 2) ? nil : StatusError(.unavailable, "gone"),
                elapsed: .milliseconds(120),
                usage: Usage(energy: .joules(2), energySource: .measured),
                prompt: prompt
            )
        )
    }

    @Test func nothingIsLostOnACleanStop() async throws {
        let store = try Store.open(path)
        let writer = writer(store)
        let running = Task { await writer.run() }
        for number in 0..<5000 {
            writer.append(query(number, at: noon))
            writer.append(shard(number, at: noon))
        }
        running.cancel()
        await running.value
        writer.close()
        store.close()

        let again = try Store.open(path)
        defer { again.close() }
        let rows = try await Books(again).energy(by: .client, since: 0)
        #expect(rows.count == 1)
        #expect(rows[0].answered == 2500)
        #expect(rows[0].failed == 2500)
        #expect(rows[0].shards == 5000)
        #expect(abs(rows[0].energy.joules - 10_000) < 1e-6)
        #expect(writer.dropped == 0)
    }

    @Test func energyIsAddedUpByHostExpertClientAndDay() async throws {
        let store = try Store.open(path)
        defer { store.close() }
        let writer = writer(store)
        writer.append(shard(1, at: noon, host: "a", client: "x", joules: 2))
        writer.append(shard(2, at: noon, host: "a", client: "y", joules: 1, source: .modelled))
        writer.append(shard(3, at: noon - 86_400, host: "b", client: "x", joules: 4))
        writer.append(shard(4, at: noon, host: "b", joules: 1, error: StatusError(.unavailable, "gone")))
        writer.close()
        let books = Books(store)
        #expect(try await books.energy(by: .host, since: 0).map(\.name) == ["b", "a"])
        #expect(try await books.energy(by: .host, since: 0).map(\.energy) == [.joules(5), .joules(3)])
        #expect(try await books.energy(by: .host, since: 0).last?.measuredEnergy == .joules(2))
        #expect(try await books.energy(by: .expert, since: 0).map(\.name) == ["e-b", "e-a"])
        #expect(try await books.energy(by: .day, since: 0).map(\.name) == ["2026-11-24", "2026-11-25"])
        #expect(try await books.energy(by: .client, since: noon).map(\.name) == ["x", "c", "y"])
        let host = try await books.energy(by: .host, since: 0)[0]
        // The failed shard is paid for but says nothing of the predictions.
        #expect(host.shards == 2)
        #expect(host.calibration.shards == 1)
        #expect(host.calibration.withinLatencyP90 == 1)
        #expect(host.calibration.withinEnergyP90 == 0)
        #expect(host.calibration.absoluteEnergyError == .joules(2.5))
    }

    @Test func plansAreKeptWithTheirCertificate() throws {
        let store = try Store.open(path)
        defer { store.close() }
        let writer = writer(store)
        let plan = Plan(
            number: 7,
            category: Category(rawValue: "math")!,
            activeSet: [ExpertID(rawValue: "a")!, ExpertID(rawValue: "b")!],
            status: .feasible,
            quality: -1,
            bound: -0.9,
            gap: 0.1,
            energyLimit: .joules(20),
            latencyLimit: nil,
            teamSize: 2,
            binding: ["energy"],
            nodes: 12,
            solveTime: .milliseconds(3),
            reason: "host 'a' joined"
        )
        writer.append(.plan(plan, made: noon))
        writer.close()
        #expect(try Books(store).lastPlanNumber() == 7)
        let row = try store.database.read {
            try String.fetchOne(
                $0,
                sql: "SELECT active_set || status || bound || gap || binding || reason FROM plan"
            )
        }
        #expect(row == #"["a","b"]feasible-0.90.1["energy"]host 'a' joined"#)
    }

    @Test func whatIsOldGoesAndTheSumsStay() async throws {
        let store = try Store.open(path)
        defer { store.close() }
        let writer = writer(store, keep: .seconds(3600))
        for number in 0..<12_000 { writer.append(shard(number, at: noon - 7200)) }
        writer.append(shard(12_000, at: noon))
        writer.close()
        var removed = 0
        repeat {
            removed = try await store.database.write { [noon] in
                try BookRetention.prune($0, before: noon - 3600)
            }
        } while removed > 0
        let left = try await store.database.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM shard") }
        #expect(left == 1)
        #expect(try await Books(store).energy(by: .day, since: 0)[0].shards == 12_001)
        try await store.database.write { [noon] in
            try BookRetention.pruneSums($0, beforeHour: BookRows.hour(noon) + 1)
        }
        #expect(try await Books(store).energy(by: .day, since: 0).isEmpty)
    }

    @Test func aQueueThatIsFullDropsAndCounts() throws {
        let store = try Store.open(path)
        defer { store.close() }
        let writer = writer(store)
        for number in 0..<BookWriter.capacity + 10 { writer.append(query(number, at: noon)) }
        #expect(writer.dropped == 10)
    }

    @Test func aDamagedFileIsOneClearError() throws {
        try Data("this is no database, whatever its name says, and it is long enough to be read".utf8)
            .write(to: URL(filePath: path))
        #expect {
            try Store.open(path)
        } throws: { error in
            let error = error as? StatusError
            return error?.code == .dataLoss && error?.message.contains("move it away") == true
        }
    }

    @Test func aPageThatWasOverwrittenIsFound() throws {
        let store = try Store.open(path)
        let writer = writer(store)
        for number in 0..<3000 { writer.append(query(number, at: noon)) }
        writer.close()
        store.close()
        var bytes = try Data(contentsOf: URL(filePath: path))
        for index in stride(from: 8192, to: min(bytes.count, 200_000), by: 1) { bytes[index] = 0xAB }
        try bytes.write(to: URL(filePath: path))
        #expect { try Store.open(path) } throws: { ($0 as? StatusError)?.code == .dataLoss }
    }

    @Test func aPlaceThatCannotBeWrittenIsOneClearError() {
        #expect {
            try Store.open(folder.appending(path: "none/books.sqlite").path())
        } throws: { ($0 as? StatusError)?.message.contains("does not exist; make it") == true }
        #expect {
            try Store.open("/proc/books.sqlite")
        } throws: { ($0 as? StatusError)?.message.contains("give the gate's user write access") == true }
    }

    @Test func checkingMakesNoFile() throws {
        try Store.check(path)
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
