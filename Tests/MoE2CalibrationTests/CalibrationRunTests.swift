import FoundationEssentials
import MoE2Core
import MoE2Data
import MoE2Gating
import Synchronization
import Testing

@testable import MoE2Calibration

@Suite(.timeLimit(.minutes(1))) struct CalibrationRunTests {
    private let prompts = (0..<12).map { CalibrationPrompt(id: "\($0)", text: "2+2", reference: "four") }
    private let experts = ["a", "b"].map { ExpertID(rawValue: $0)! }

    private func run(
        _ path: String,
        _ ask: @escaping @Sendable (Query) async throws -> Answer
    ) async throws -> [CalibrationRun.Failure] {
        let format = try CalibrationFormat(prompts: prompts)
        var settings = CalibrationRun.Settings()
        settings.pause = .milliseconds(1)
        let log = try CalibrationLog.open(path, header: format.header)
        return try await CalibrationRun(format: format, settings: settings, ask: ask)
            .run(prompts: prompts, experts: experts, log: log) { #expect($0.done + $0.failed <= $0.total) }
    }

    private func withPath(_ body: (String) async throws -> Void) async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "moe2-\(UUID().uuidString).csv").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try await body(path)
    }

    private func outcomes(_ path: String) throws -> CalibrationSet {
        try OutcomeFile.read(path).join(prompts)
    }

    @Test func anOutageLosesNothingAndTheNextRunAsksOnlyForTheRest() async throws {
        try await withPath { path in
            let asked = Mutex(0)
            await #expect(throws: StatusError.self) {
                try await run(path) { query in
                    let number = asked.withLock { count in
                        count += 1
                        return count
                    }
                    if number > 10 { throw StatusError(.unavailable, "the gate went away") }
                    return CalibrationFormatTests.answer(query.expert!)
                }
            }
            let first = try CalibrationLog.open(path, header: try CalibrationFormat(prompts: prompts).header).done.count
            #expect(first == 10)
            let rest = Mutex(0)
            let failures = try await run(path) { query in
                rest.withLock { $0 += 1 }
                return CalibrationFormatTests.answer(query.expert!)
            }
            #expect(failures.isEmpty && rest.withLock { $0 } == 24 - first)
            let set = try outcomes(path)
            #expect(set.answers.allSatisfy { row in row.count == 12 && row.allSatisfy { $0 == .score(1) } })
        }
    }

    @Test func whatPassesIsTriedAgainAndWhatDoesNotIsGivenUp() async throws {
        try await withPath { path in
            let asked = Mutex<[String: Int]>([:])
            let failures = try await run(path) { query in
                let expert = query.expert!
                let number = asked.withLock { counts in
                    counts[expert.rawValue, default: 0] += 1
                    return counts[expert.rawValue] ?? 0
                }
                if expert.rawValue == "b" { throw StatusError(.invalidArgument, "the prompt is too long") }
                if number % 3 == 1 { throw StatusError(.deadlineExceeded, "slow") }
                return CalibrationFormatTests.answer(expert)
            }
            #expect(failures.count == 12 && failures.allSatisfy { $0.pair.model == "b" })
            #expect(asked.withLock { $0["b"] } == 12, "the query's own fault is not sent again")
            #expect(try OutcomeFile.read(path).experts == ["a"])
        }
    }
}
