import Foundation
import MoE2Gating
import Testing

/// The commands on files, as a user runs them.
@Suite(.serialized, .timeLimit(.minutes(3))) struct GatingCommandTests {
    private let directory = FileManager.default.temporaryDirectory.appending(path: "moe2-\(UUID().uuidString)")

    /// Runs `moe2` with `arguments` in `directory`.
    private func moe2(_ arguments: String...) throws -> (status: Int32, output: String, error: String) {
        try run(arguments)
    }

    private func run(_ arguments: [String]) throws -> (status: Int32, output: String, error: String) {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let process = Process()
        process.executableURL = root.appending(path: ".build/debug/moe2")
        process.arguments = arguments
        process.currentDirectoryURL = directory
        let (output, error) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = error
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let errors = String(decoding: error.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return (process.terminationStatus, text, errors)
    }

    /// 60 closed questions on which three experts know one category each.
    private func writeFiles() throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        var random = SplitMix64(seed: 3)
        var prompts = ""
        var outcomes = "id,model,zA,zB,zC\n"
        for number in 0..<60 {
            let right = Int(random.next() % 3)
            let letter = ["A", "B", "C"][right]
            let split = number % 4 == 0 ? "test" : "train"
            prompts +=
                #"{"id":"\#(number)","split":"\#(split)","category":"c\#(number % 3)","question":"Question \#(number)?","choices":["x","y","z"],"answer":"\#(letter)"}"#
                + "\n"
            for expert in 0..<3 {
                let logits = (0..<3).map { option in
                    Double(random.next() % 100) / 100 + (option == right ? (expert == number % 3 ? 2.5 : 0.4) : 0)
                }
                outcomes += "\(number),e\(expert),\(logits.map { "\($0)" }.joined(separator: ","))\n"
            }
        }
        try Data(prompts.utf8).write(to: directory.appending(path: "p.jsonl"))
        try Data(outcomes.utf8).write(to: directory.appending(path: "o.csv"))
        try Data(
            #"{"costs":{"e0":{"energy_j":1,"latency_ms":10},"e1":{"energy_j":2,"latency_ms":20},"e2":{"energy_j":3,"latency_ms":5}},"levels":[{"name":"tight","energy_j":2.5},{"name":"none","energy_j":0.5},{"name":"all"}]}"#
                .utf8
        )
        .write(to: directory.appending(path: "b.json"))
    }

    @Test func trainsInspectsAddsRemovesAndEvaluates() throws {
        try writeFiles()
        defer { try? FileManager.default.removeItem(at: directory) }
        let files = ["--prompts", "p.jsonl", "--outcomes", "o.csv"]

        let trained = try moe2("train", files[0], files[1], files[2], files[3], "--pool", "e0,e1", "--out", "g.moe2")
        #expect(trained.status == 0, "\(trained.error)")
        #expect(try moe2("gate", "inspect", "g.moe2").output.contains("2 experts"))

        let added = try moe2(
            "gate",
            "add",
            "e2",
            "--gate",
            "g.moe2",
            files[0],
            files[1],
            files[2],
            files[3],
            "--out",
            "h.moe2"
        )
        #expect(added.status == 0, "\(added.error)")
        let inspected = try moe2("gate", "inspect", "h.moe2", "--json")
        let report = try #require(try JSONSerialization.jsonObject(with: Data(inspected.output.utf8)) as? [String: Any])
        #expect((report["experts"] as? [[String: Any]])?.compactMap { $0["name"] as? String } == ["e0", "e1", "e2"])

        let evaluated = try moe2(
            "evaluate",
            "--gate",
            "h.moe2",
            files[0],
            files[1],
            files[2],
            files[3],
            "--budgets",
            "b.json",
            "--retrain",
            "train",
            "--json"
        )
        #expect(evaluated.status == 0, "\(evaluated.error)")
        let result = try #require(try JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Any])
        let moe2Method = try #require((result["methods"] as? [String: [String: Any]])?["moe2"])
        #expect(moe2Method["n"] as? Int == 15 && (moe2Method["ci95"] as? [String: Any])?["nll"] != nil)
        let subsets = try #require(result["subsets"] as? [String: Any])
        #expect((subsets["by_subset"] as? [String: Any])?.count == 7 && subsets["worst_gap"] != nil)
        let budgets = try #require(result["budgets"] as? [[String: Any]])
        #expect(budgets.map { ($0["selected"] as? [String])?.count ?? -1 }[1] == 0, "nothing fits half a joule")
        #expect((budgets[2]["methods"] as? [String: Any])?["greedy"] != nil)

        // Without other prompts to plan on, sets are chosen by what the scores promise.
        let blind = try run(
            ["evaluate", "--gate", "h.moe2", "--budgets", "b.json", "--tuning-split", "nowhere", "--json"] + files
        )
        #expect(blind.status == 0, "\(blind.error)")
        let other = try #require(try JSONSerialization.jsonObject(with: Data(blind.output.utf8)) as? [String: Any])
        let levels = try #require(other["budgets"] as? [[String: Any]])
        #expect(
            levels.map { ($0["selected"] as? [String])?.isEmpty }
                == budgets.map { ($0["selected"] as? [String])?.isEmpty }
        )

        let removed = try moe2("gate", "remove", "e2", "--gate", "h.moe2", "--out", "i.moe2")
        #expect(removed.status == 0)
        let before = try GateModel.load([UInt8](Data(contentsOf: directory.appending(path: "g.moe2"))))
        let after = try GateModel.load([UInt8](Data(contentsOf: directory.appending(path: "i.moe2"))))
        #expect(
            after.pool == before.pool && after.textHead == before.textHead && after.labelEffects == before.labelEffects
        )
    }

    @Test func saysWhatIsWrongInOneLine() throws {
        try writeFiles()
        defer { try? FileManager.default.removeItem(at: directory) }
        let files = ["--prompts", "p.jsonl", "--outcomes", "o.csv"]
        #expect(try moe2("train", files[0], files[1], files[2], files[3], "--out", "g.moe2").status == 0)
        var bytes = try Data(contentsOf: directory.appending(path: "g.moe2"))
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: directory.appending(path: "damaged.moe2"))
        let cases: [([String], String)] = [
            (["gate", "inspect", "damaged.moe2"], "checksum"),
            (["gate", "inspect", "p.jsonl"], "not a gate file"),
            (["gate", "inspect", "missing.moe2"], "cannot open"),
            (["gate", "remove", "nobody", "--gate", "g.moe2"], "knows no expert 'nobody'"),
            (["gate", "add", "e0", "--gate", "g.moe2"] + files, "named twice"),
            (["train"] + files + ["--pool", "e0,e9", "--out", "x"], "no expert 'e9'"),
            (["train"] + files + ["--split", "nowhere", "--out", "x"], "no prompts to train on"),
            (["evaluate", "--gate", "g.moe2", "--split", "nowhere"] + files, "no prompts with outcomes"),
            (["evaluate", "--gate", "g.moe2", "--budgets", "p.jsonl"] + files, "not a budget file"),
            (["train"] + files + ["--out", "x", "--embeddings", "ftp://nowhere"], "no HTTP address"),
            (["calibrate", "--prompts", "missing", "--out", "x.csv"], "cannot open"),
        ]
        for (arguments, text) in cases {
            let result = try run(arguments)
            #expect(result.status != 0 && result.error.contains(text), "\(arguments): \(result.error)")
        }
    }

    @Test func refusesBadOutcomesAndDoesWithoutWhatMayBeMissing() throws {
        try writeFiles()
        defer { try? FileManager.default.removeItem(at: directory) }
        let outcomes = try String(contentsOf: directory.appending(path: "o.csv"), encoding: .utf8)
        let lines = outcomes.split(separator: "\n")
        let prompts = try String(contentsOf: directory.appending(path: "p.jsonl"), encoding: .utf8)
        func write(_ text: String, _ name: String) throws {
            try Data(text.utf8).write(to: directory.appending(path: name))
        }
        try write(outcomes + lines[1] + "\n", "repeated.csv")
        try write(outcomes + "0,e9,nan,0,0\n", "nan.csv")
        try write(lines.filter { !$0.contains(",e1,") }.joined(separator: "\n"), "silent.csv")
        // Half of what e1 did is missing: it counts as silent there.
        try write(
            lines.enumerated().filter { $0 % 2 == 0 || !$1.contains(",e1,") }.map { String($1) }.joined(
                separator: "\n"
            ),
            "half.csv"
        )
        try write(
            prompts.replacing("\"category\":\"c", with: "\"category\":\"never-").replacing("Question", with: "¿"),
            "odd.jsonl"
        )
        let train = ["train", "--out", "x.moe2", "--prompts", "p.jsonl", "--outcomes"]
        for (file, text) in [("repeated.csv", "repeats an earlier row"), ("nan.csv", "line 182"), ("silent.csv", "e1")]
        {
            let result = try run(train + [file, "--pool", "e0,e1"])
            #expect(result.status != 0 && result.error.contains(text), "\(file): \(result.error)")
        }
        let sparse = try run(train + ["half.csv"])
        #expect(sparse.status == 0, "\(sparse.error)")
        let odd = try run([
            "evaluate", "--gate", "x.moe2", "--prompts", "odd.jsonl", "--outcomes", "half.csv", "--json",
        ])
        #expect(odd.status == 0, "categories never seen and unknown text: \(odd.error)")
    }
}
