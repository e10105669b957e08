import MoE2Core
import Synchronization

/// Puts together what the gate is told of this host.
final class HostReporter: Sendable {
    let id: HostID
    let experts: [ExpertRunner]
    let energy: any HostEnergy
    private let device: String
    private let activationEnergy: Energy
    private let sequence = Atomic<UInt64>(0)

    init(
        id: HostID,
        device: String,
        activationEnergy: Energy,
        experts: [ExpertRunner],
        energy: any HostEnergy
    ) {
        self.id = id
        self.device = device
        self.activationEnergy = activationEnergy
        self.experts = experts
        self.energy = energy
    }

    /// The host, for a hello.
    func host() async -> Host {
        Host(
            id: id,
            device: device,
            agentVersion: Version.current,
            cores: HostProbe.cores(),
            memoryBytes: HostProbe.memory("MemTotal"),
            powerMeter: energy.meterName,
            idlePower: await energy.idlePower(),
            activationEnergy: activationEnergy
        )
    }

    /// The next capacity report.
    func report(isLeaving: Bool, roundTrip: Duration) async -> CapacityReport {
        let (power, source) = await energy.power()
        return CapacityReport(
            sequence: sequence.wrappingAdd(1, ordering: .relaxed).newValue,
            experts: experts.map { $0.capacity(isLeaving: isLeaving) },
            power: power,
            powerSource: source,
            temperatureCelsius: HostProbe.temperature(),
            freeMemoryBytes: HostProbe.memory("MemAvailable"),
            loadAverage: HostProbe.loadAverage(),
            roundTrip: roundTrip
        )
    }
}
