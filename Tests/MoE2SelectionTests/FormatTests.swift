import MoE2Selection
import MoE2Testing
import Testing

@Suite struct FormatTests {
    private func read(_ text: String) throws -> SelectionProblem {
        var reader = InstanceReader()
        return try reader.read(Array(text.utf8))
    }

    private func field(_ text: String) -> String? {
        var reader = InstanceReader()
        do throws(SelectionError) {
            _ = try reader.read(Array(text.utf8))
            return nil
        } catch {
            return error.field
        }
    }

    private let two = #""experts":[{"id":"a"},{"id":"b"}]"#

    @Test("What is wrong is named by its field")
    func namesFields() {
        #expect(field(#"{"scores":[[1,NaN]],\#(two)}"#) == "scores[0][1]")
        #expect(field(#"{"scores":[[1,1e999]],\#(two)}"#) == "scores[0][1]")
        #expect(field(#"{"scores":[[1,2],[1]],\#(two)}"#) == "scores[1]")
        #expect(field(#"{"scores":[[1]],\#(two)}"#) == "scores")
        #expect(field(#"{\#(two)}"#) == "scores")
        #expect(field(#"{"scores":[[1,2]],"weights":[1,2],\#(two)}"#) == "weights")
        #expect(field(#"{"scores":[[1,2]],"weights":[-1],\#(two)}"#) == "weights[0]")
        #expect(field(#"{"scores":[[1,2]],"weights":[0],\#(two)}"#) == "weights")
        #expect(field(#"{"scores":[[1,2]],"temperature":-1,\#(two)}"#) == "temperature")
        #expect(field(#"{"scores":[[1,2]],"k":0,\#(two)}"#) == "k")
        #expect(field(#"{"scores":[[1,2]],"k":1.5,\#(two)}"#) == "k")
        #expect(field(#"{"scores":[[1]],"experts":[{"id":"a","energy_j":-1}]}"#) == "experts[0].energy_j")
        #expect(field(#"{"scores":[[1]],"experts":[{"id":"a","latency_ms":{"c":-1}}]}"#) == "experts[0].latency_ms.c")
        #expect(field(#"{"scores":[[1]],"experts":[{"energy_j":1}]}"#) == "experts[0].id")
        #expect(field(#"{"scores":[[1,2]],"experts":[{"id":"a"},{"id":"a"}]}"#) == "experts[1].id")
        #expect(field(#"{"scores":[[1,2]],\#(two),"hosts":[{"id":"h","idle_w":-3}]}"#) == "hosts[0].idle_w")
        #expect(field(#"{"scores":[[1,2]],\#(two),"limits":{"energy_j":-3}}"#) == "limits.energy_j")
        #expect(field(#"{"scores":[[1,2]],\#(two),"limits":{"max_experts":-3}}"#) == "limits.max_experts")
        #expect(field(#"{"scores":[[1,2]],\#(two),"required":["c"]}"#) == "required[0]")
        #expect(field(#"{"scores":[[1,2]],\#(two),"exclusive":[["a","c"]]}"#) == "exclusive[0][1]")
    }

    @Test(
        "Text that is no instance is refused",
        arguments: [
            "", "{", "[]", "nil", #"{"scores":[[1,2]"#, #"{"scores":[[01,2]]}"#, #"{"scores":[[1.,2]]}"#,
            #"{"scores":[[.5]]}"#,
            #"{"scores":[[1]]} x"#, #"{"scores":[[1,]]}"#, #"{"scores":[["1"]]}"#,
            #"{"scores":[[1]],"required":["\ud800"]}"#,
            #"{"scores":[[1]],"x":\#(String(repeating: "[", count: 5000))}"#, #"{"scores":[[1]],"required":["a\"#,
        ]
    )
    func refuses(text: String) { #expect(field(text) != nil) }

    @Test("Bytes cut off or changed anywhere never crash the reader", arguments: 1...3)
    func survivesDamage(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let text = Array(InstanceWriter.text(try RandomProblems.make(&random, largest: 4)).utf8)
        for _ in 0..<150 {
            var damaged = Array(text.prefix(random.below(text.count + 1)))
            if !damaged.isEmpty { damaged[random.below(damaged.count)] = UInt8(random.below(256)) }
            var reader = InstanceReader()
            _ = try? reader.read(damaged)
        }
    }

    @Test("What is written is read back", arguments: 1...20)
    func roundTrips(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let problem = try RandomProblems.make(&random)
        let back = try read(InstanceWriter.text(problem))
        #expect(back.scores == problem.scores && back.experts == problem.experts && back.hosts == problem.hosts)
        #expect(back.limits == problem.limits && back.required == problem.required)
        #expect(back.exclusive == problem.exclusive && back.forbidden == problem.forbidden)
        #expect(zip(back.weights, problem.weights).allSatisfy { abs($0 - $1) < 1e-15 })
    }

    @Test("Numbers are the nearest doubles")
    func parsesNumbers() throws {
        let texts = [
            "0.1", "-2.5e-3", "1E5", "123456789012345678", "0.30000000000000004", "-0", "5e-324", "17.000000000000001",
        ]
        let scores = try read("{\"scores\":[[\(texts.joined(separator: ","))]]}").scores
        #expect(texts.indices.map { scores[0, $0] } == texts.map { Double($0) ?? .nan })
    }

    @Test("Null and unknown keys are passed over, and unknown ones reported")
    func toleratesExtras() throws {
        var reader = InstanceReader()
        let text =
            #"{"scores":[[1,2]],"limits":{"energy_j":null,"max_experts":1},"note":{"a":[1,{"b":"\u00e9\n"}]},"weights":null}"#
        let problem = try reader.read(Array(text.utf8))
        #expect(reader.unknownKeys == ["note"])
        #expect(problem.solved().set == [1])
    }
}
