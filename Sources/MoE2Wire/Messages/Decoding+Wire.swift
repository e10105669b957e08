import CMoE2Protos
import MoE2Core

extension Decoding: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__Decoding>) -> Void {
        { moe2__v1__decoding__init($0) }
    }

    init(_ c: borrowing Moe2__V1__Decoding) throws(WireError) {
        self.init(
            maxTokens: Field.count(c.max_tokens),
            temperature: try Field.amount(c.temperature, "temperature"),
            topP: try Field.amount(c.top_p, "top_p"),
            seed: c.has_seed != 0 ? c.seed : nil,
            stop: try Field.texts(c.n_stop, c.stop, "stop", limit: WireLimits.stops),
            topLogProbabilities: c.has_top_logprobs != 0 ? Field.count(c.top_logprobs) : nil,
            extensionsJSON: try Field.text(c.extensions_json, "extensions_json", limit: WireLimits.jsonBytes)
        )
    }

    func fill(_ c: inout Moe2__V1__Decoding, _ arena: Arena) {
        c.max_tokens = UInt32(clamping: maxTokens)
        c.temperature = temperature
        c.top_p = topP
        c.has_seed = seed == nil ? 0 : 1
        c.seed = seed ?? 0
        (c.n_stop, c.stop) = arena.list(stop)
        c.has_top_logprobs = topLogProbabilities == nil ? 0 : 1
        c.top_logprobs = UInt32(clamping: topLogProbabilities ?? 0)
        c.extensions_json = arena.string(extensionsJSON)
    }
}
