import MoE2Core
import MoE2Energy
import Synchronization

/// Puts together what the gate is told of this host.
final class HostReporter: Sendable {
    let id: HostID
    let experts: [ExpertRunner]
    let energy: EnergyMonitor
    private let device: String
    private let activationEnergy: Energy
    private let sequence = Atomic<UInt64>(0)

    init(
        id: HostID,
        device: String,
        activationEnergy: Energy,
        experts: [ExpertRunner],
        energy: EnergyMonitor
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
            idlePower: await energy.status.idlePower,
            activationEnergy: activationEnergy
        )
    }

    /// The next capacity report.
    func report(isLeaving: Bool, roundTrip: Duration) async -> CapacityReport {
        let status = await energy.status
        return CapacityReport(
            sequence: sequence.wrappingAdd(1, ordering: .relaxed).newValue,
            experts: experts.map { $0.capacity(isLeaving: isLeaving) },
            power: status.power,
            powerSource: status.source,
            temperatureCelsius: status.temperatureCelsius ?? HostProbe.temperature(),
            throttled: status.isThrottled,
            powerMode: status.powerMode,
            freeMemoryBytes: HostProbe.memory("MemAvailable"),
            loadAverage: HostProbe.loadAverage(),
            roundTrip: roundTrip
        )
    }
}
