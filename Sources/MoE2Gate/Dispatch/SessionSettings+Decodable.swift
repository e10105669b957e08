import MoE2Configuration
import MoE2Core

extension SessionSettings: Decodable {
    private enum CodingKeys: String, CodingKey {
        case reportInterval = "report_interval"
        case pollHold = "poll_hold"
        case timeout
    }

    /// Reads it. A poll must be answered before the transport sends it again, and a session must outlive a few reports.
    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let defaults = SessionSettings()
        let interval = try values.value(
            .reportInterval,
            default: defaults.reportInterval,
            rule: "must be 100ms to 60s"
        ) { (.milliseconds(100) ... .seconds(60)).contains($0) }
        self.init(
            reportInterval: interval,
            pollHold: try values.value(.pollHold, default: defaults.pollHold, rule: "must be 1s to 25s") {
                (.seconds(1) ... .seconds(25)).contains($0)
            },
            timeout: try values.value(
                .timeout,
                default: max(defaults.timeout, interval * 4),
                rule: "must be at least twice 'report_interval'"
            ) { $0 >= interval * 2 }
        )
    }
}
