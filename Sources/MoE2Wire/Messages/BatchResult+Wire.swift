import CMoE2Protos
public import MoE2Core

extension BatchResult: CRepresented, WireMessage {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__BatchResult>) -> Void {
        { moe2__v1__batch_result__init($0) }
    }

    init(_ c: borrowing Moe2__V1__BatchResult) throws(WireError) {
        let degraded = try Field.text(c.degraded, "degraded")
        self.init(
            line: Field.count(c.line),
            text: try Field.text(c.text, "text", limit: WireLimits.textBytes),
            experts: try Field.identifiers(c.n_experts, c.experts, "experts", limit: WireLimits.team),
            finishReason: try Field.value(c.finish_reason, "finish_reason"),
            usage: try Field.required(c.usage, "usage"),
            degraded: degraded.isEmpty ? nil : degraded,
            error: c.failed != 0
                ? StatusError(
                    try Field.value(c.error_code, "error_code"),
                    try Field.text(c.error_message, "error_message")
                )
                : nil,
            choiceProbabilities: try Field.numbers(
                c.n_choice_probabilities,
                c.choice_probabilities,
                "choice_probabilities",
                limit: WireLimits.choices
            )
        )
    }

    func fill(_ c: inout Moe2__V1__BatchResult, _ arena: Arena) {
        c.line = UInt32(clamping: line)
        c.text = arena.string(text)
        (c.n_experts, c.experts) = arena.list(experts.map(\.rawValue))
        c.finish_reason = finishReason.rawValue
        c.usage = arena.pointer(to: usage)
        c.degraded = arena.string(degraded ?? "")
        c.failed = error == nil ? 0 : 1
        c.error_code = error?.code.rawValue ?? 0
        c.error_message = arena.string(String((error?.message ?? "").prefix(1000)))
        (c.n_choice_probabilities, c.choice_probabilities) = arena.numbers(choiceProbabilities)
    }
}
