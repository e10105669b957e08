import MoE2Configuration
import MoE2Core

extension CategorySettings: Decodable {
    private enum CodingKeys: String, CodingKey {
        case latency, energy
        case teamSize = "team_size"
    }

    /// Reads it; limits must be above zero.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            latency: try values.value(.latency, default: nil, rule: "must be above 0 ms") {
                ($0 ?? .seconds(1)) > .zero
            },
            energy: try values.value(.energy, default: nil, rule: "must be above 0 J") { ($0 ?? .joules(1)) > .zero },
            teamSize: try values.value(
                .teamSize,
                default: 1,
                rule: "must be 1 to \(QueryLimits.maximumTeamSize)"
            ) { (1...QueryLimits.maximumTeamSize).contains($0) }
        )
    }
}
