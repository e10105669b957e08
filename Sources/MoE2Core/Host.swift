/// A machine with an agent; carries one or more experts.
public struct Host: Hashable, Sendable, Codable {
    /// Its name; unique in the fleet.
    public var id: HostID
    /// What it is, such as `Jetson AGX Orin` or `RTX 4090`; free text for people.
    public var device: String
    /// The version of its agent.
    public var agentVersion: String
    /// The number of processor cores.
    public var cores: Int
    /// Physical memory in bytes.
    public var memoryBytes: UInt64
    /// The meter that its energy figures come from: `ina3221`, `nvml`, `rapl` or `model`.
    public var powerMeter: String
    /// Power while no expert works.
    public var idlePower: Power
    /// Energy it takes to wake the host for a query; 0 when it is always awake.
    public var activationEnergy: Energy

    /// A host called `id` with the given facts.
    public init(
        id: HostID,
        device: String = "",
        agentVersion: String = "",
        cores: Int = 0,
        memoryBytes: UInt64 = 0,
        powerMeter: String = "model",
        idlePower: Power = .zero,
        activationEnergy: Energy = .zero
    ) {
        self.id = id
        self.device = device
        self.agentVersion = agentVersion
        self.cores = cores
        self.memoryBytes = memoryBytes
        self.powerMeter = powerMeter
        self.idlePower = idlePower
        self.activationEnergy = activationEnergy
    }
}
