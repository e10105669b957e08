import CMoE2Protos
import MoE2Core

extension StatusError: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__Status>) -> Void { { moe2__v1__status__init($0) } }

    init(_ c: borrowing Moe2__V1__Status) throws(WireError) {
        self.init(
            try Field.value(c.code, "code"),
            try Field.text(c.message, "message"),
            smallestEnergy: c.smallest_energy_j >= 0
                ? try Field.energy(c.smallest_energy_j, "smallest_energy_j") : nil,
            smallestLatency: c.smallest_latency_ms >= 0
                ? try Field.time(c.smallest_latency_ms, "smallest_latency_ms") : nil,
            retryAfter: c.retry_after_ms >= 0 ? try Field.time(c.retry_after_ms, "retry_after_ms") : nil
        )
    }

    func fill(_ c: inout Moe2__V1__Status, _ arena: Arena) {
        c.code = code.rawValue
        c.message = arena.string(String(message.prefix(1000)))
        c.smallest_energy_j = smallestEnergy?.joules ?? -1
        c.smallest_latency_ms = smallestLatency?.milliseconds ?? -1
        c.retry_after_ms = retryAfter?.milliseconds ?? -1
    }
}
