import FoundationEssentials
import MoE2Gating

/// gating-bench EXPERTS ROUNDS FOLDER < PROMPTS: how long the gate takes to read one prompt for that many experts.
///
/// PROMPTS are JSON strings, one a line. Prints medians and 99th percentiles as JSON, and writes to FOLDER what another
/// program needs to score the same features with the same weights: `weights.bin` (float32, `[feature][expert]`),
/// `means.json`, `features.json` and `scores.json`.
@main
enum Main {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 4, let experts = Int(arguments[1]), let rounds = Int(arguments[2]), experts > 1,
            rounds > 0
        else {
            throw BenchmarkError("usage: gating-bench EXPERTS ROUNDS FOLDER < PROMPTS")
        }
        var prompts: [String] = []
        while let line = readLine() { prompts.append(try JSONDecoder().decode(String.self, from: Data(line.utf8))) }
        guard prompts.count >= 32 else { throw BenchmarkError("at least 32 prompts are needed") }
        let gate = try train(experts, prompts)
        let encoder = HashedNgrams()
        try export(gate, encoder, prompts, to: arguments[3])
        let features = prompts.map { encoder.encode($0) }
        let readings = features.map { gate.read(features: $0, labels: ["even"]) }
        guard !gate.textHead.weights.isEmpty else {
            throw BenchmarkError("these prompts do not tell the experts apart: there would be nothing to compute")
        }
        let pool = Array(0..<experts)
        let report = [
            "features": measure(prompts.count, rounds) { encoder.encode(prompts[$0]).indices.count },
            "scores": measure(prompts.count, rounds) {
                gate.read(features: features[$0], labels: ["even"]).scores.count
            },
            "team": measure(prompts.count, rounds) { gate.team(readings[$0], over: pool, k: 4).members.count },
            "prompt to team": measure(prompts.count, rounds) {
                gate.team(gate.read(prompt: prompts[$0], labels: ["even"]), over: pool, k: 4).members.count
            },
        ]
        let json = JSONEncoder()
        json.outputFormatting = [.prettyPrinted, .sortedKeys]
        print(String(decoding: try json.encode(report), as: UTF8.self))
    }

    /// A gate for choices whose experts each know some prompts better than others, so that no part of it is empty.
    private static func train(_ experts: Int, _ prompts: [String]) throws -> GateModel {
        var random = SplitMix64(seed: 1)
        let list = prompts.enumerated().map { number, text in
            CalibrationPrompt(
                id: String(number),
                text: text,
                labels: [number % 2 == 0 ? "kind:even" : "kind:odd"],
                optionCount: 4,
                answer: number % 4
            )
        }
        let words = ["the gate", "moe2", "expert", "energy", "token", "host", " is ", "agent"]
        let answers = (0..<experts).map { expert in
            prompts.indices.map { number -> ExpertAnswer? in
                var logits = (0..<4).map { _ in Double.random(in: -1...1, using: &random) }
                logits[number % 4] += prompts[number].contains(words[expert % words.count]) ? 6 : 0.3
                return .choice(logits)
            }
        }
        var options = TrainingOptions()
        options.storesBaselines = false
        let set = try CalibrationSet(
            kind: .choice,
            experts: (0..<experts).map { "expert-\($0)" },
            prompts: list,
            answers: answers
        )
        return try GateTrainer(encoder: HashedNgrams(), options: options).train(set)
    }

    /// Microseconds of a call of `work` over all prompts, `rounds` times: of the thread's CPU time, which the turns of other
    /// programs do not lengthen, and by the clock.
    private static func measure(_ count: Int, _ rounds: Int, _ work: (Int) -> Int) -> [String: Double] {
        let clock = ContinuousClock()
        var times: [Double] = []
        var clockTimes: [Double] = []
        times.reserveCapacity(count * rounds)
        clockTimes.reserveCapacity(count * rounds)
        var checksum = 0
        for round in 0...rounds {
            for number in 0..<count {
                let start = clock.now
                let began = ThreadClock.microseconds()
                checksum &+= work(number)
                let took = ThreadClock.microseconds() - began
                let passed = clock.now - start
                // The first round warms up.
                guard round > 0 else { continue }
                times.append(took)
                clockTimes.append(Double(passed.components.attoseconds) / 1e12)
            }
        }
        precondition(checksum > 0, "the work was done")
        times.sort()
        clockTimes.sort()
        return [
            "median_us": times[times.count / 2], "p99_us": times[times.count * 99 / 100],
            "clock_median_us": clockTimes[clockTimes.count / 2],
        ]
    }

    private static func export(
        _ gate: GateModel,
        _ encoder: HashedNgrams,
        _ prompts: [String],
        to folder: String
    ) throws {
        let directory = URL(filePath: folder)
        try Data(gate.textHead.weights.withUnsafeBytes { Array($0) }).write(
            to: directory.appending(path: "weights.bin")
        )
        let json = JSONEncoder()
        try json.encode(gate.scoreMeans).write(to: directory.appending(path: "means.json"))
        let weighted = prompts.map { gate.terms.apply(encoder.encode($0)) }
        try json.encode(weighted.map { [$0.indices.map { Float($0) }, $0.values] })
            .write(to: directory.appending(path: "features.json"))
        try json.encode(prompts.map { gate.scores(prompt: $0) }).write(to: directory.appending(path: "scores.json"))
    }
}
