import MoE2Backends
import MoE2Core

/// Tries a model server that has just become ready, so that the gate knows its rates before the first query.
struct WarmUp: Sendable {
    /// How long it may take.
    static let limit = Duration.seconds(60)
    private static let prompt = """
        Count slowly and write every number on a line of its own: one, two, three, four, five, six, seven, eight, nine, ten.
        """

    let expert: ExpertRunner
    let energy: any HostEnergy

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
            await energy.progress(shard.id, promptTokens: 0, completionTokens: output.tokens)
        }
        let (spent, source) = await energy.end(shard.id)
        guard let result else { return false }
        return expert.learn(result, energy: spent, source: source)
    }
}
