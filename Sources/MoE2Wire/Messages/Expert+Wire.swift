import CMoE2Protos
import MoE2Core

extension Expert: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__Expert>) -> Void { { moe2__v1__expert__init($0) } }

    init(_ c: borrowing Moe2__V1__Expert) throws(WireError) {
        self.init(
            id: try Field.identifier(c.id, "id"),
            model: try Field.text(c.model, "model"),
            backend: try Field.text(c.backend, "backend"),
            contextLength: Field.count(c.context_length),
            parameters: c.parameters,
            weightBytes: c.weight_bytes,
            quantization: try Field.text(c.quantization, "quantization"),
            slots: Field.count(c.slots),
            scoresChoices: c.scores_choices != 0,
            embeds: c.embeds != 0,
            memoryBytes: c.memory_bytes
        )
    }

    func fill(_ c: inout Moe2__V1__Expert, _ arena: Arena) {
        c.id = arena.string(id.rawValue)
        c.model = arena.string(model)
        c.backend = arena.string(backend)
        c.context_length = UInt32(clamping: contextLength)
        c.parameters = parameters
        c.weight_bytes = weightBytes
        c.quantization = arena.string(quantization)
        c.slots = UInt32(clamping: slots)
        c.scores_choices = scoresChoices ? 1 : 0
        c.embeds = embeds ? 1 : 0
        c.memory_bytes = memoryBytes
    }
}
