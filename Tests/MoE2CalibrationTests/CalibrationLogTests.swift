import FoundationEssentials
import MoE2Data
import Testing

@testable import MoE2Calibration

@Suite struct CalibrationLogTests {
    private let header = ["id", "model", "score"]

    private func withPath<Value>(_ body: (String) throws -> Value) rethrows -> Value {
        let path = FileManager.default.temporaryDirectory.appending(path: "moe2-\(UUID().uuidString).csv").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    private func contents(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(filePath: path))) }

    private func fill(_ path: String, _ pairs: [CalibrationLog.Pair]) throws -> Int {
        let log = try CalibrationLog.open(path, header: header)
        let missing = pairs.filter { !log.done.contains($0) }
        for pair in missing { try log.append(pair, ["0.5"]) }
        return missing.count
    }

    /// A kill can leave the file at any length: nothing whole may be lost, nothing doubled.
    @Test func goesOnAfterAKillAtEveryByte() throws {
        let pairs = ["1", "x,y", "say \"hi\""].flatMap { id in
            ["a", "b"].map { CalibrationLog.Pair(prompt: id, model: $0) }
        }
        let whole = try withPath { path in
            #expect(try fill(path, pairs) == 6)
            return try contents(path)
        }
        for length in 0...whole.count {
            try withPath { path in
                try Data(whole[..<length]).write(to: URL(filePath: path))
                let rows = whole[..<length].count { $0 == 0x0a } - 1
                #expect(try fill(path, pairs) == 6 - max(rows, 0), "cut at \(length)")
                #expect(try contents(path) == whole, "cut at \(length)")
            }
        }
    }

    @Test func ignoresAPairThatIsDone() throws {
        try withPath { path in
            let log = try CalibrationLog.open(path, header: header)
            let pair = CalibrationLog.Pair(prompt: "1", model: "a")
            try log.append(pair, ["1"])
            try log.append(pair, ["0"])
            #expect(try contents(path) == Array("id,model,score\n1,a,1\n".utf8))
        }
    }

    @Test func isOpenInOnePlaceAtATime() throws {
        try withPath { path in
            let log = try CalibrationLog.open(path, header: header)
            do {
                _ = try CalibrationLog.open(path, header: header)
                Issue.record("two calibrations write one file")
            } catch let error as CalibrationError {
                #expect(error.code == .busy)
            }
            #expect(log.done.isEmpty)
        }
    }

    @Test func refusesOtherColumnsAndDoubledRows() throws {
        for text in ["id,model,pred\n1,a,A\n", "id,model,score\n1,a,1\n1,a,0\n", "id,model,score\n1,a\n"] {
            try withPath { path in
                try Data(text.utf8).write(to: URL(filePath: path))
                #expect(throws: (any Error).self, "\(text)") { try CalibrationLog.open(path, header: header) }
                #expect(try contents(path) == Array(text.utf8), "a refused file is left as it was")
            }
        }
        #expect(throws: CalibrationError.self) { try CalibrationLog.open("/nowhere/at/all.csv", header: header) }
    }
}
