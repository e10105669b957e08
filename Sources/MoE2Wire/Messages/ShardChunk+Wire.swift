import CMoE2Protos
import MoE2Core

extension ShardChunk: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__Chunk>) -> Void { { moe2__v1__chunk__init($0) } }

    init(_ c: borrowing Moe2__V1__Chunk) throws(WireError) {
        self.init(
            sequence: c.sequence,
            text: try Field.text(c.text, "text", limit: WireLimits.textBytes),
            tokens: Field.count(c.tokens),
            extensionsJSON: try Field.text(c.extensions_json, "extensions_json", limit: WireLimits.jsonBytes),
            logProbabilitiesJSON: try Field.text(c.logprobs_json, "logprobs_json", limit: WireLimits.jsonBytes)
        )
    }

    func fill(_ c: inout Moe2__V1__Chunk, _ arena: Arena) {
        c.sequence = sequence
        c.text = arena.string(text)
        c.tokens = UInt32(clamping: tokens)
        c.extensions_json = arena.string(extensionsJSON)
        c.logprobs_json = arena.string(logProbabilitiesJSON)
    }
}
