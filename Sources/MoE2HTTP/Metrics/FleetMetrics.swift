import MoE2Core
import MoE2Gate

/// The metrics of hosts and experts as they are at this moment. The fleet bounds how many there are.
enum FleetMetrics {
    static func write(_ fleet: FleetSnapshot, _ access: GateAccess, to out: inout Exposition) {
        writeHosts(fleet, to: &out)
        writeExperts(fleet, access, to: &out)
        out.metric("moe2_active_queries", .gauge, "Queries that are being answered.")
        out.sample([], fleet.activeQueries)
        out.metric("moe2_queued_shards", .gauge, "Shards that wait at the gate for a slot.")
        out.sample([], fleet.queuedQueries)
    }

    private static func writeHosts(_ fleet: FleetSnapshot, to out: inout Exposition) {
        out.metric("moe2_agents", .gauge, "Agents by state.")
        for state in HostStatus.State.allCases {
            out.sample([("state", state.description)], fleet.hosts.count { $0.state == state })
        }
        out.metric("moe2_host_power_watts", .gauge, "Power of a host, idle included.")
        for host in fleet.hosts {
            out.sample(
                [("host", host.host.id.rawValue), ("source", host.report.powerSource.description)],
                host.report.power.watts
            )
        }
        out.metric("moe2_host_temperature_celsius", .gauge, "The hottest sensor of a host.")
        for host in fleet.hosts {
            if let temperature = host.report.temperatureCelsius {
                out.sample([("host", host.host.id.rawValue)], temperature)
            }
        }
        out.metric("moe2_host_throttled", .gauge, "1 while a host slows itself down because of heat or power.")
        for host in fleet.hosts { out.sample([("host", host.host.id.rawValue)], host.report.throttled ? 1 : 0) }
        out.metric("moe2_host_free_memory_bytes", .gauge, "Memory that is free on a host.")
        for host in fleet.hosts {
            out.sample([("host", host.host.id.rawValue)], Double(host.report.freeMemoryBytes))
        }
        out.metric("moe2_host_round_trip_seconds", .gauge, "Round trip between an agent and the gate.")
        for host in fleet.hosts { out.sample([("host", host.host.id.rawValue)], host.report.roundTrip.seconds) }
        out.metric("moe2_host_last_seen_seconds", .gauge, "Time since the last sign of life of an agent.")
        for host in fleet.hosts { out.sample([("host", host.host.id.rawValue)], host.lastSeen.seconds) }
    }

    private static func writeExperts(_ fleet: FleetSnapshot, _ access: GateAccess, to out: inout Exposition) {
        let experts = fleet.hosts.flatMap { host in
            host.experts.map { expert in
                (
                    id: expert.id,
                    labels: [("host", host.host.id.rawValue), ("expert", expert.id.rawValue)] as Exposition.Labels,
                    capacity: host.report.experts.first { $0.expert == expert.id }
                )
            }
        }
        out.metric("moe2_expert_ready", .gauge, "1 while the model server of an expert can be used.")
        for expert in experts { out.sample(expert.labels, expert.capacity?.state == .ready ? 1 : 0) }
        let open = access.openBreakers()
        out.metric("moe2_expert_breaker_state", .gauge, "Circuit breaker: 0 closed, 1 half open, 2 open.")
        for expert in experts { out.sample(expert.labels, open[expert.id].map { $0 ? 1 : 2 } ?? 0) }
        let loads = access.loads()
        out.metric("moe2_expert_slots", .gauge, "Slots of an expert by state.")
        for expert in experts {
            guard let load = loads[expert.id] else { continue }
            out.sample(expert.labels + [("state", "busy")], load.running)
            out.sample(expert.labels + [("state", "free")], load.credits)
        }
        out.metric("moe2_expert_queue_length", .gauge, "Shards that wait at the gate for an expert.")
        for expert in experts { out.sample(expert.labels, loads[expert.id]?.waiting ?? 0) }
        out.metric("moe2_expert_decode_tokens_per_second", .gauge, "Tokens written per second and slot.")
        for expert in experts { out.sample(expert.labels, expert.capacity?.decodeRate ?? 0) }
        out.metric("moe2_expert_energy_per_token_joules", .gauge, "Energy per token written.")
        for expert in experts {
            out.sample(
                expert.labels + [("source", (expert.capacity?.energySource ?? .unknown).description)],
                expert.capacity?.energyPerToken.joules ?? 0
            )
        }
    }
}
