import HTTPTypes
import Hummingbird
import MoE2Core
import MoE2Gate

/// `/healthz` and `/readyz`, open to everybody: they say nothing but yes or no.
struct HealthRoutes: Sendable {
    let access: GateAccess

    func register(on router: some RouterMethods<DoorContext>) {
        // The process answers.
        router.get("healthz") { _, _ in Self.response(.ok, "ok\n") }
        // A query could be answered.
        router.get("readyz") { _, _ in
            isReady
                ? Self.response(.ok, "ready\n")
                : Self.response(.serviceUnavailable, "no expert is ready; is an agent connected?\n")
        }
    }

    private var isReady: Bool {
        access.fleet().hosts.contains { host in
            host.state == .up && host.report.experts.contains { $0.state == .ready }
        }
    }

    private static func response(_ status: HTTPResponse.Status, _ text: String) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }
}
