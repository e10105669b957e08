import MoE2Backends
import MoE2Core
import MoE2Energy

/// Tries a model server that has just become ready, so that the gate knows its rates before the first query.
struct WarmUp: Sendable {
    /// How long it may take.
    static let limit = Duration.seconds(60)
    private static let prompt = """
        Count slowly and write every number on a line of its own: one, two, three, four, five, six, seven, eight, nine, ten.
        """

    let expert: ExpertRunner
    let energy: EnergyMonitor

    /// Runs the trial.
    /// - Returns: whether it gave the first rates. A trial that fails says nothing: the first shard will.
    func run() async -> Bool {
        var decoding = Decoding(maxTokens: 16)
        decoding.extensionsJSON = expert.setup.kind == "llama.cpp" ? #"{"cache_prompt":false,"ignore_eos":true}"# : ""
        let shard = Shard(
            id: .random(),
            expert: expert.id,
            task: .generate,
            messages: [Message(role: .user, content: Self.prompt)],
            decoding: decoding,
            timeLeft: Self.limit
        )
        await energy.begin(shard.id)
        let result = try? await expert.backend.execute(shard) { output in
            energy.progress(shard.id, completionTokens: output.tokens)
        }
        let cost = await energy.end(shard.id)
        guard let result else { return false }
        return expert.learn(result, energy: cost.energy, source: cost.source)
    }
}
