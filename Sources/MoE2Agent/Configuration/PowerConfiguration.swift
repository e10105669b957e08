import MoE2Configuration
import MoE2Core
import MoE2Energy

/// How the host's power is known.
struct PowerConfiguration: Decodable, Sendable, Hashable {
    /// Where the figures come from.
    enum Meter: String, Decodable, Sendable, CaseIterable {
        /// `idle` and `active` below.
        case model
    }

    var meter: Meter
    /// The host's power while no expert works.
    var idle: Power
    /// The host's power while one does.
    var active: Power

    private enum CodingKeys: String, CodingKey { case meter, idle, active }

    init() {
        meter = .model
        idle = .zero
        active = .zero
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        meter = try values.value(.meter, default: .model)
        idle = try values.value(.idle, default: .zero)
        let least = idle
        active = try values.value(.active, default: least, rule: "must be at least 'idle'") { $0 >= least }
    }
}

extension PowerConfiguration {
    /// A monitor of the configured meter.
    /// - Throws: `failedPrecondition` when this host has no such meter.
    func makeMonitor(now: @escaping @Sendable () -> Duration) throws(StatusError) -> EnergyMonitor {
        do throws(EnergyError) {
            return EnergyMonitor(meter: try ModelMeter(idle: idle, active: active), idle: idle, now: now)
        } catch {
            throw StatusError(.failedPrecondition, "power: \(error.message)")
        }
    }
}
