import HTTPTypes
import Hummingbird
import MoE2Core
import MoE2Gate

/// `/metrics` in the text format of Prometheus.
struct MetricsRoutes: Sendable {
    let access: GateAccess
    let metrics: GateMetrics
    let traffic: HTTPTraffic
    let admission: Admission

    func register(on router: some RouterMethods<DoorContext>) {
        router.get("metrics") { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .cacheControl: "no-store"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: text()))
            )
        }
    }

    func text() -> String {
        var exposition = Exposition()
        let counts = metrics.snapshot
        let fleet = access.fleet()
        QueryMetrics.write(counts, to: &exposition)
        ShardMetrics.write(counts, to: &exposition)
        FleetMetrics.write(fleet, access, to: &exposition)
        PlanMetrics.write(fleet.plans, counts, to: &exposition)
        writeProcess(fleet, to: &exposition)
        return exposition.text
    }

    private func writeProcess(_ fleet: FleetSnapshot, to out: inout Exposition) {
        out.metric("moe2_build_info", .gauge, "The version of the gate.")
        out.sample([("version", fleet.gateVersion)], 1)
        out.metric("moe2_gate_uptime_seconds", .gauge, "Time since the gate started.")
        out.sample([], fleet.uptime.seconds)
        out.metric("moe2_http_requests_total", .counter, "HTTP requests by route and status.")
        for (key, count) in traffic.snapshot.sorted(by: {
            ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status)
        }) {
            out.sample([("route", key.route), ("code", "\(key.status)")], count)
        }
        out.metric("moe2_http_connections", .gauge, "Open HTTP connections.")
        out.sample([], ConnectionRegistry.shared.count)
        out.metric("moe2_http_active_requests", .gauge, "Requests of the API that are being answered.")
        out.sample([], admission.count)
        let calibration = access.costCalibration
        out.metric(
            "moe2_cost_latency_coverage_ratio",
            .gauge,
            "Share of shards that took no longer than the predicted p90; 0.9 is right."
        )
        if let coverage = calibration.latencyCoverage { out.sample([], coverage) }
        out.metric(
            "moe2_cost_energy_coverage_ratio",
            .gauge,
            "Share of shards that cost no more than the predicted p90; 0.9 is right."
        )
        if let coverage = calibration.energyCoverage { out.sample([], coverage) }
        out.metric(
            "moe2_cost_energy_error_ratio",
            .gauge,
            "Sum of |expected - reported| energy of shards, as a share of the reported energy."
        )
        if let error = calibration.energyError { out.sample([], error) }
        out.metric(
            "moe2_cost_energy_bias_ratio",
            .gauge,
            "Expected energy of all shards beyond the reported one, as a share of it; below 0 where few take far more than usual."
        )
        if let bias = calibration.energyBias { out.sample([], bias) }
    }
}
