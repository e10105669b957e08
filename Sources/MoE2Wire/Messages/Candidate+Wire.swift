import CMoE2Protos
import MoE2Core

extension Candidate: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__Candidate>) -> Void {
        { moe2__v1__candidate__init($0) }
    }

    init(_ c: borrowing Moe2__V1__Candidate) throws(WireError) {
        self.init(
            expert: try Field.identifier(c.expert, "expert"),
            weight: try Field.amount(c.weight, "weight"),
            text: try Field.text(c.text, "text", limit: WireLimits.textBytes),
            choiceProbabilities: try Field.numbers(
                c.n_choice_probabilities,
                c.choice_probabilities,
                "choice_probabilities",
                limit: WireLimits.choices
            ),
            usage: try Field.required(c.usage, "usage"),
            error: c.failed != 0
                ? StatusError(
                    try Field.value(c.error_code, "error_code"),
                    try Field.text(c.error_message, "error_message")
                )
                : nil
        )
    }

    func fill(_ c: inout Moe2__V1__Candidate, _ arena: Arena) {
        c.expert = arena.string(expert.rawValue)
        c.weight = weight
        c.text = arena.string(text)
        (c.n_choice_probabilities, c.choice_probabilities) = arena.numbers(choiceProbabilities)
        c.usage = arena.pointer(to: usage)
        c.failed = error == nil ? 0 : 1
        c.error_code = error?.code.rawValue ?? 0
        c.error_message = arena.string(error?.message ?? "")
    }
}
