import MoE2Configuration
import MoE2Core

/// A configuration with everything that the loader knows.
struct SampleConfiguration: Decodable, Equatable {
    enum Format: String, Decodable, CaseIterable { case json, text }

    struct Gate: Decodable, Equatable {
        var addresses: [String]
        var reportInterval: Duration
        var port: UInt16

        enum CodingKeys: CodingKey { case addresses, reportInterval, port }

        init(addresses: [String] = [], reportInterval: Duration = .seconds(2), port: UInt16 = 7700) {
            self.addresses = addresses
            self.reportInterval = reportInterval
            self.port = port
        }

        init(from decoder: any Decoder) throws {
            let keys = try decoder.container(keyedBy: CodingKeys.self)
            addresses = try keys.value(.addresses, default: [])
            reportInterval = try keys.value(.reportInterval, default: .seconds(2))
            port = try keys.value(.port, default: 7700, rule: "must be 1 or more") { $0 > 0 }
        }
    }

    struct Expert: Decodable, Equatable {
        var id: ExpertID
        var slots: Int?
        var memory: ByteCount?
    }

    var gate: Gate
    var experts: [Expert]
    var format: Format?
    var energy: Energy?
    var power: Power?
    var insecure: Bool?
    var ratio: Double?
    var categories: [String: Gate]?
}
