import MoE2Selection
import MoE2Testing

/// What happens to a fleet, at random: experts leave, join, come back and change costs, hosts and limits change.
enum RandomEvents {
    /// Changes `fleet`; a newcomer's scores go to `columns`. Returns what happened.
    static func apply(
        _ random: inout SeededGenerator,
        _ fleet: inout SelectionFleet,
        _ columns: inout [String: [Double]],
        prompts: Int
    ) -> String {
        let index = fleet.experts.isEmpty ? nil : random.below(fleet.experts.count)
        switch (random.below(10), index) {
        case (0, let index?) where fleet.experts.count > 1:
            let gone = fleet.experts.remove(at: index).id
            fleet.required.removeAll { $0 == gone }
            fleet.forbidden.removeAll { $0 == gone }
            fleet.exclusive = fleet.exclusive.map { $0.filter { $0 != gone } }
            return "\(gone) leaves"
        case (1, _), (2, _): return join(&random, &fleet, &columns, prompts)
        case (3, let index?), (4, let index?):
            fleet.experts[index].energy.value *= random.pick([0, 0.5, 0.9, 1.1, 3])
            return "energy of \(index)"
        case (5, let index?):
            fleet.experts[index].memory.value *= random.pick([0.5, 0.9, 1.1, 2])
            fleet.experts[index].latency["a"] = Milliseconds(random.uniform() * 100)
            return "memory and latency of \(index)"
        case (6, _):
            fleet.limits.energy = random.below(4) == 0 ? nil : Joules(Double(random.below(14)))
            return "energy limit"
        case (7, _):
            fleet.limits.maximumExperts = random.below(3) == 0 ? nil : random.below(6)
            fleet.limits.latency["a"] = Milliseconds(random.uniform() * 110)
            return "other limits"
        case (8, _) where !fleet.hosts.isEmpty:
            let host = random.below(fleet.hosts.count)
            fleet.hosts[host].activation.value *= random.pick([0, 0.5, 2])
            fleet.hosts[host].idle.value *= random.pick([0.5, 1, 2])
            fleet.hosts[host].memory = random.below(2) == 0 ? nil : Megabytes(random.uniform() * 20)
            return "host \(host)"
        default: return lists(&random, &fleet)
        }
    }

    private static func join(
        _ random: inout SeededGenerator,
        _ fleet: inout SelectionFleet,
        _ columns: inout [String: [Double]],
        _ prompts: Int
    ) -> String {
        let away = columns.keys.filter { id in !fleet.experts.contains { $0.id == id } }.sorted()
        let id = random.below(2) == 0 && !away.isEmpty ? random.pick(away) : "new\(columns.count)"
        if columns[id] == nil {
            let like = random.pick(columns.keys.sorted())
            // Like another expert, on the same steps or not, or far better or worse on some prompts.
            let spread = random.pick([0, 1, 0.1, 8])
            columns[id] = (columns[like] ?? []).map { score in
                random.below(3) == 0 ? score + spread * (random.below(2) == 0 ? 1 : random.uniform() - 1) : score
            }
        }
        fleet.experts.append(
            SelectionExpert(
                id: id,
                host: random.below(3) == 0 ? nil : "h\(random.below(3))",
                energy: Joules(Double(random.below(5))),
                memory: Megabytes(Double(random.below(4))),
                latency: ["a": Milliseconds(random.uniform() * 100)]
            )
        )
        return "\(id) joins"
    }

    private static func lists(_ random: inout SeededGenerator, _ fleet: inout SelectionFleet) -> String {
        let ids = fleet.experts.map(\.id)
        guard !ids.isEmpty else { return "nothing" }
        switch random.below(3) {
        case 0: fleet.required = random.below(2) == 0 ? [] : [random.pick(ids)]
        case 1: fleet.forbidden = random.below(2) == 0 ? [] : [random.pick(ids)]
        default:
            fleet.exclusive = random.below(2) == 0 ? [] : fleet.exclusive + [[random.pick(ids), random.pick(ids)]]
        }
        return "lists"
    }
}
