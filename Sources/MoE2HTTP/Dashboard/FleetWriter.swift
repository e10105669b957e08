import MoE2Core
import MoE2Gate

/// Writes the fleet as the dashboard shows it.
enum FleetWriter {
    static func json(_ access: GateAccess) -> [UInt8] {
        let fleet = access.fleet()
        let loads = access.loads()
        let breakers = access.openBreakers()
        return JSONWriter.object { writer in
            writer.member("version", fleet.gateVersion)
            writer.member("uptime_s", fleet.uptime.seconds)
            writer.member("active", fleet.activeQueries)
            writer.member("queued", fleet.queuedQueries)
            writer.member("default_category", access.defaultCategory.rawValue)
            writer.array("hosts") { writer in
                for host in fleet.hosts { write(host, loads, breakers, to: &writer) }
            }
            writer.array("plans") { writer in
                for plan in fleet.plans { write(plan, to: &writer) }
            }
        }
    }

    private static func write(
        _ status: HostStatus,
        _ loads: [ExpertID: ExpertLoad],
        _ breakers: [ExpertID: Bool],
        to writer: inout JSONWriter
    ) {
        let report = status.report
        writer.object { writer in
            writer.member("id", status.host.id.rawValue)
            writer.member("state", status.state.description)
            writer.member("device", status.host.device)
            writer.member("power_w", report.power.watts)
            writer.member("power_source", report.powerSource.description)
            writer.member("power_mode", report.powerMode)
            if let temperature = report.temperatureCelsius { writer.member("temperature_c", temperature) }
            writer.member("throttled", report.throttled)
            writer.member("round_trip_ms", report.roundTrip.milliseconds)
            writer.member("last_seen_ms", status.lastSeen.milliseconds)
            writer.array("experts") { writer in
                for expert in status.experts {
                    write(
                        expert,
                        report.experts.first { $0.expert == expert.id },
                        loads[expert.id],
                        breaker: breakers[expert.id],
                        to: &writer
                    )
                }
            }
        }
    }

    private static func write(
        _ expert: Expert,
        _ capacity: ExpertCapacity?,
        _ load: ExpertLoad?,
        breaker: Bool?,
        to writer: inout JSONWriter
    ) {
        writer.object { writer in
            writer.member("id", expert.id.rawValue)
            writer.member("model", expert.model)
            writer.member("parameters", Int(clamping: expert.parameters))
            writer.member("quantization", expert.quantization)
            writer.member("state", (capacity?.state ?? .starting).description)
            writer.member("detail", capacity?.detail ?? "")
            writer.member("slots", load?.slots ?? expert.slots)
            writer.member("running", load?.running ?? 0)
            writer.member("waiting", load?.waiting ?? 0)
            writer.member("decode_tokens_per_s", capacity?.decodeRate ?? 0)
            writer.member("j_per_token", capacity?.energyPerToken.joules ?? 0)
            writer.member("energy_source", (capacity?.energySource ?? .unknown).description)
            writer.member("breaker", breaker.map { $0 ? "half open" : "open" } ?? "closed")
        }
    }

    static func write(_ plan: Plan, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("number", Int(clamping: plan.number))
            writer.member("category", plan.category.rawValue)
            writer.member("status", plan.status.description)
            writer.member("quality", plan.quality)
            writer.member("bound", plan.bound)
            writer.member("gap", plan.gap)
            writer.member("team_size", plan.teamSize)
            if let energy = plan.energyLimit { writer.member("energy_limit_j", energy.joules) }
            if let latency = plan.latencyLimit { writer.member("latency_limit_ms", latency.milliseconds) }
            writer.member("solve_ms", plan.solveTime.milliseconds)
            writer.member("nodes", Int(clamping: plan.nodes))
            writer.member("reason", plan.reason)
            writer.array("active_set") { writer in
                for expert in plan.activeSet { writer.value(expert.rawValue) }
            }
            writer.array("binding") { writer in
                for limit in plan.binding { writer.value(limit) }
            }
        }
    }
}
