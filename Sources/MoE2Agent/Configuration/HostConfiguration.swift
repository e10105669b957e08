import MoE2Configuration
import MoE2Core

/// What the host is called and what it is.
struct HostConfiguration: Decodable, Sendable, Hashable {
    /// Its name; the machine's when not given.
    var id: HostID
    /// What it is, for people and the device table.
    var device: String
    /// Energy it takes to wake the host for a query.
    var activation: Energy

    private enum CodingKeys: String, CodingKey { case id, device, activation }

    init() {
        id = HostProbe.name()
        device = ""
        activation = .zero
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        id = try values.value(.id, default: HostProbe.name())
        device = try values.value(.device, default: "", rule: "must have at most 200 bytes") { $0.utf8.count <= 200 }
        activation = try values.value(.activation, default: .zero)
    }
}
