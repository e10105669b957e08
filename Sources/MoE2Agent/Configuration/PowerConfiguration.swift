import Logging
import MoE2Configuration
import MoE2Core
import MoE2Energy

/// How the host's power is known.
struct PowerConfiguration: Decodable, Sendable, Hashable {
    /// Where the figures come from.
    var meter: MeterKind
    /// The host's power while no expert works; nil learns it from the meter.
    var idle: Power?
    /// The host's power while one does; nil when no model of the host is given.
    var active: Power?

    private enum CodingKeys: String, CodingKey { case meter, idle, active }

    init() {
        meter = .auto
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        meter = try values.value(.meter, default: .auto)
        idle = try values.decodeIfPresent(Power.self, forKey: .idle)
        let least = idle ?? .zero
        active = try values.value(.active, default: nil, rule: "must be at least 'idle'") { ($0 ?? least) >= least }
    }

    /// The power above idle while an expert works, as far as it is configured.
    var aboveIdle: Power { active.map { $0 - (idle ?? .zero) } ?? .zero }
}

extension PowerConfiguration {
    /// A monitor of the configured meter.
    /// - Throws: `failedPrecondition` when this host has no such meter.
    func makeMonitor(logger: Logger, now: @escaping @Sendable () -> Duration) throws(StatusError) -> EnergyMonitor {
        do throws(EnergyError) {
            let model = try active.map { active throws(EnergyError) in
                try ModelMeter(idle: idle ?? .zero, active: active)
            }
            let choice = try MeterChoice(meter, model: model)
            for note in choice.notes { logger.debug("no such meter", metadata: ["why": "\(note)"]) }
            logger.info(
                "energy figures",
                metadata: ["meter": "\(choice.meter.name)", "are": "\(choice.meter.provenance)"]
            )
            return EnergyMonitor(meter: choice.meter, idle: idle, fallback: model, now: now)
        } catch {
            throw StatusError(.failedPrecondition, "power: \(error.message)")
        }
    }
}
