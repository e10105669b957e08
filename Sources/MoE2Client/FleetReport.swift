public import MoE2Core

/// What `moe2 fleet` shows: the hosts, their experts and the plans.
public enum FleetReport {
    /// The fleet as tables.
    public static func render(_ fleet: FleetSnapshot) -> String {
        guard !fleet.hosts.isEmpty else {
            return """
                The fleet is empty: no agent has joined the gate (up \(Display.time(fleet.uptime))).
                Start moe2-agent on a host and set gate.addresses in its configuration to this gate.
                """
        }
        return [hosts(fleet), experts(fleet), plans(fleet), load(fleet)].joined(separator: "\n\n")
            + (CalibrationReport.render(fleet.calibration).map { "\n\($0)" } ?? "")
    }

    private static func hosts(_ fleet: FleetSnapshot) -> String {
        var table = TextTable(
            ["host", "state", "device", "power", "temp", "mode", "round trip", "last seen"],
            rightAligned: [3, 4, 6, 7]
        )
        for status in fleet.hosts {
            let report = status.report
            table.add([
                status.host.id.rawValue, "\(status.state)\(report.throttled ? ", throttled" : "")",
                status.host.device, "\(Display.power(report.power)) (\(report.powerSource))",
                report.temperatureCelsius.map { "\(Display.significant($0)) °C" } ?? "–",
                report.powerMode.isEmpty ? "–" : report.powerMode, Display.time(report.roundTrip),
                Display.time(status.lastSeen),
            ])
        }
        return table.rendered()
    }

    private static func experts(_ fleet: FleetSnapshot) -> String {
        var table = TextTable(
            ["expert", "host", "state", "model", "slots", "queued", "prefill", "decode", "energy/token"],
            rightAligned: [4, 5, 6, 7, 8]
        )
        for status in fleet.hosts {
            for expert in status.experts {
                let capacity = status.report.experts.first { $0.expert == expert.id }
                table.add([
                    expert.id.rawValue, status.host.id.rawValue, state(capacity), expert.model,
                    "\(capacity?.busySlots ?? 0)/\(expert.slots)", "\(capacity?.queued ?? 0)",
                    rate(capacity?.prefillRate), rate(capacity?.decodeRate),
                    capacity.map { $0.energyPerToken > .zero ? Display.energy($0.energyPerToken) : "–" } ?? "–",
                ])
            }
        }
        return table.rendered()
    }

    private static func plans(_ fleet: FleetSnapshot) -> String {
        guard !fleet.plans.isEmpty else { return "No plan yet." }
        var table = TextTable(["category", "plan", "status", "quality", "gap", "active set"], rightAligned: [1, 3, 4])
        for plan in fleet.plans {
            table.add([
                plan.category.rawValue, "\(plan.number)", "\(plan.status)", Display.significant(plan.quality),
                Display.significant(plan.gap), plan.activeSet.map(\.rawValue).joined(separator: " "),
            ])
        }
        return table.rendered()
    }

    private static func load(_ fleet: FleetSnapshot) -> String {
        """
        \(fleet.activeQueries) queries being answered, \(fleet.queuedQueries) shards waiting. \
        Gate \(fleet.gateVersion), up \(Display.time(fleet.uptime)).
        """
    }

    private static func state(_ capacity: ExpertCapacity?) -> String {
        guard let capacity else { return "unknown" }
        return capacity.detail.isEmpty ? "\(capacity.state)" : "\(capacity.state): \(capacity.detail)"
    }

    private static func rate(_ rate: Double?) -> String {
        guard let rate, rate > 0 else { return "–" }
        return "\(Display.significant(rate))/s"
    }
}
