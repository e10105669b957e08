import CMoE2Protos
import MoE2Core

extension Host: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__Host>) -> Void { { moe2__v1__host__init($0) } }

    init(_ c: borrowing Moe2__V1__Host) throws(WireError) {
        self.init(
            id: try Field.identifier(c.id, "id"),
            device: try Field.text(c.device, "device"),
            agentVersion: try Field.text(c.agent_version, "agent_version"),
            cores: Field.count(c.cores),
            memoryBytes: c.memory_bytes,
            powerMeter: try Field.text(c.power_meter, "power_meter"),
            idlePower: try Field.power(c.idle_w, "idle_w"),
            activationEnergy: try Field.energy(c.activation_j, "activation_j")
        )
    }

    func fill(_ c: inout Moe2__V1__Host, _ arena: Arena) {
        c.id = arena.string(id.rawValue)
        c.device = arena.string(device)
        c.agent_version = arena.string(agentVersion)
        c.cores = UInt32(clamping: cores)
        c.memory_bytes = memoryBytes
        c.power_meter = arena.string(powerMeter)
        c.idle_w = idlePower.watts
        c.activation_j = activationEnergy.joules
    }
}
