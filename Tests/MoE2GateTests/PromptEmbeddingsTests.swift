import Logging
import MoE2Calibration
import MoE2Core
import MoE2Gating
import Synchronization
import Testing

@testable import MoE2Gate

@Suite struct PromptEmbeddingsTests {
    /// A clock that moves by hand, and what the server was asked.
    private final class World: Sendable {
        let state = Mutex((time: Duration.zero, asked: [String](), reply: [Float]([3, 4])))
        var asked: [String] { state.withLock { $0.asked } }
        func pass(_ time: Duration) { state.withLock { $0.time += time } }
        func reply(_ embedding: [Float]) { state.withLock { $0.reply = embedding } }

        func embeddings() -> PromptEmbeddings {
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            return PromptEmbeddings(dimension: 2, logger: logger, now: { self.state.withLock { $0.time } }) { prompts in
                let reply = self.state.withLock { state in
                    state.asked.append(contentsOf: prompts)
                    return state.reply
                }
                guard !reply.isEmpty else { throw CalibrationError(.server, "down") }
                return prompts.map { _ in reply }
            }
        }
    }

    @Test func asksOnceAPromptAndKeepsTheAnswerAtLengthOne() async throws {
        let world = World()
        let embeddings = world.embeddings()
        #expect(embeddings.features(of: "a") == nil)
        await embeddings.prepare("a")
        await embeddings.prepare("a")
        #expect(world.asked == ["a"])
        let features = try #require(embeddings.features(of: "a"))
        #expect(
            features.indices == [0, 1] && abs(features.values[0] - 0.6) < 1e-6 && abs(features.values[1] - 0.8) < 1e-6
        )
    }

    @Test(arguments: [[], [1], [1, 2, 3], [.nan, 1], [.infinity, 0]] as [[Float]])
    func doesWithoutAServerThatFailsOrAnswersNonsenseAndLeavesItAloneForAWhile(reply: [Float]) async {
        let world = World()
        let embeddings = world.embeddings()
        world.reply(reply)
        await embeddings.prepare("a")
        #expect(embeddings.features(of: "a") == nil && world.asked == ["a"])
        world.reply([1, 0])
        await embeddings.prepare("b")
        #expect(world.asked == ["a"], "it was asked again at once")
        world.pass(PromptEmbeddings.pause)
        await embeddings.prepare("b")
        #expect(world.asked == ["a", "b"] && embeddings.features(of: "b") != nil)
    }

    @Test func keepsNoMoreThanItsCapacityAndDropsTheOldest() async {
        let world = World()
        let embeddings = world.embeddings()
        for number in 0...PromptEmbeddings.capacity { await embeddings.prepare("\(number)") }
        #expect(embeddings.features(of: "0") == nil)
        #expect(embeddings.features(of: "1") != nil && embeddings.features(of: "\(PromptEmbeddings.capacity)") != nil)
    }

    @Test func keepsThePlannersPromptsWhateverQueriesCome() async {
        let world = World()
        let embeddings = world.embeddings()
        let prompts = (0..<70).map { "calibration \($0)" }
        world.reply([])
        #expect(await !embeddings.pin(prompts) && embeddings.features(of: prompts[0]) == nil)
        world.reply([3, 4])
        #expect(await embeddings.pin(prompts))
        #expect(world.asked.count == 32 + 70, "what failed was asked again, in requests of 32")
        for number in 0...PromptEmbeddings.capacity { await embeddings.prepare("\(number)") }
        #expect(prompts.allSatisfy { embeddings.features(of: $0) != nil })
        let before = world.asked.count
        #expect(await embeddings.pin(prompts))
        await embeddings.prepare(prompts[3])
        #expect(world.asked.count == before, "they were asked again")
    }

    /// The real way: a gate trained on dense features scores by the prompt's once it is there, by its prior before.
    @Test func aGateTrainedOnEmbeddingsScoresByThem() async throws {
        let names = ["left", "right"]
        let prompts = (0..<40).map { CalibrationPrompt(id: "\($0)", text: "prompt \($0)") }
        let vectors: [String: [Float]] = Dictionary(
            uniqueKeysWithValues: prompts.enumerated().map { ($1.text, $0 % 2 == 0 ? [3, 0.1] : [0.1, 3]) }
        )
        let encoder = try TabulatedEncoder(identity: "embeddings/1/test/2", embeddings: vectors)
        let set = try CalibrationSet(
            kind: .score,
            experts: names,
            prompts: prompts,
            answers: (0..<2).map { expert in prompts.indices.map { .score($0 % 2 == expert ? 1 : 0) } }
        )
        let world = World()
        let scorer = GateScorer(try GateTrainer(encoder: encoder).train(set), embeddings: world.embeddings())
        let experts = names.map { Expert(id: ExpertID(rawValue: $0)!, model: $0, backend: "test") }
        let category = Category(rawValue: "general")!
        let id = { (name: String) in ExpertID(rawValue: name)! }
        let before = scorer.scores(prompt: "new", category: category, of: experts)
        #expect(abs((before[id("left")] ?? 9) - (before[id("right")] ?? -9)) < 1e-9, "the prior knows no difference")
        world.reply([0.1, 3])
        await scorer.prepare("new")
        let after = scorer.scores(prompt: "new", category: category, of: experts)
        #expect((after[id("right")] ?? 0) - (after[id("left")] ?? 0) > 0.5, "\(after)")
    }
}
