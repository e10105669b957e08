import MoE2Core
import MoE2Gating

/// Which experts a calibration asks.
enum CalibrationPool {
    /// The experts named in `wanted` (comma-separated), or all that are up and can give outcomes of `kind`, by name.
    /// - Throws: ``StatusError`` when a name is unknown or nobody is left.
    static func experts(_ wanted: String?, of fleet: FleetSnapshot, kind: AnswerKind) throws(StatusError) -> [ExpertID]
    {
        let up = fleet.hosts.filter { $0.state == .up }.flatMap(\.experts)
        if let wanted {
            var named: [ExpertID] = []
            for name in wanted.split(separator: ",") {
                let id = try ExpertID(String(name.filter { !$0.isWhitespace }))
                guard up.contains(where: { $0.id == id }) else {
                    let known = up.map(\.id.rawValue).sorted().joined(separator: ", ")
                    throw StatusError(.invalidArgument, "--experts: the fleet has no expert '\(id)'; it has \(known)")
                }
                if !named.contains(id) { named.append(id) }
            }
            return named
        }
        let able = up.filter { kind != .choice || $0.scoresChoices }.map(\.id)
        guard !able.isEmpty else {
            throw StatusError(
                .unavailable,
                up.isEmpty
                    ? "the fleet has no expert that is up: start an agent"
                    : "no expert's model server can score choices: use --kind vote"
            )
        }
        return Array(Set(able)).sorted()
    }
}
