import CMoE2Protos
import MoE2Core

extension Answer: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__Answer>) -> Void { { moe2__v1__answer__init($0) } }

    init(_ c: borrowing Moe2__V1__Answer) throws(WireError) {
        self.init(
            text: try Field.text(c.text, "text", limit: WireLimits.textBytes),
            choiceProbabilities: try Field.numbers(
                c.n_choice_probabilities,
                c.choice_probabilities,
                "choice_probabilities",
                limit: WireLimits.choices
            ),
            decision: try Field.required(c.decision, "decision"),
            candidates: try Field.list(c.n_candidates, c.candidates, "candidates", limit: WireLimits.team),
            usage: try Field.required(c.usage, "usage"),
            timeToFirstToken: try Field.time(c.first_token_ms, "first_token_ms"),
            waited: try Field.time(c.waited_ms, "waited_ms"),
            finishReason: try Field.value(c.finish_reason, "finish_reason"),
            degraded: c.is_degraded != 0 ? try Field.text(c.degraded, "degraded") : nil,
            retries: Field.count(c.retries)
        )
    }

    func fill(_ c: inout Moe2__V1__Answer, _ arena: Arena) {
        c.text = arena.string(text)
        (c.n_choice_probabilities, c.choice_probabilities) = arena.numbers(choiceProbabilities)
        c.decision = arena.pointer(to: decision)
        (c.n_candidates, c.candidates) = arena.list(candidates)
        c.usage = arena.pointer(to: usage)
        c.first_token_ms = timeToFirstToken.milliseconds
        c.waited_ms = waited.milliseconds
        c.finish_reason = finishReason.rawValue
        c.is_degraded = degraded == nil ? 0 : 1
        c.degraded = arena.string(degraded ?? "")
        c.retries = UInt32(clamping: retries)
    }
}
