import HTTPTypes
import Hummingbird
import MoE2Core
import MoE2Gate

/// `/v1/models`: the fleet as one model, and every expert.
struct ModelRoutes: Sendable {
    let access: GateAccess

    func register(on router: some RouterMethods<DoorContext>) {
        router.get("v1/models") { _, _ in
            let fleet = access.fleet()
            return Self.response { writer in
                writer.member("object", "list")
                writer.array("data") { writer in
                    Self.writeFleet(fleet, to: &writer)
                    for host in fleet.hosts {
                        for expert in host.experts { Self.write(expert, on: host, to: &writer) }
                    }
                }
            }
        }
        // An expert's name may hold slashes.
        router.get("v1/models/**") { _, context in
            let name = context.parameters.getCatchAll().joined(separator: "/")
            let fleet = access.fleet()
            if name == ModelName.fleet { return Self.response(JSONWriter.value { Self.writeFleet(fleet, to: &$0) }) }
            for host in fleet.hosts {
                for expert in host.experts where expert.id.rawValue == name {
                    return Self.response(JSONWriter.value { Self.write(expert, on: host, to: &$0) })
                }
            }
            _ = try ModelName.expert(name, in: access)
            throw APIError(StatusError(.unavailable, "expert '\(name)' has just left the fleet"))
        }
    }

    private static func response(_ fill: (inout JSONWriter) -> Void) -> Response { response(JSONWriter.object(fill)) }

    static func response(_ bytes: [UInt8]) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
        )
    }

    private static func writeFleet(_ fleet: FleetSnapshot, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("id", ModelName.fleet)
            writer.member("object", "model")
            writer.member("created", 0)
            writer.member("owned_by", "moe2")
            writer.object("moe2") { writer in
                writer.member("experts", fleet.hosts.reduce(0) { $0 + $1.experts.count })
                writer.member("hosts", fleet.hosts.count)
            }
        }
    }

    private static func write(_ expert: Expert, on status: HostStatus, to writer: inout JSONWriter) {
        let capacity = status.report.experts.first { $0.expert == expert.id }
        writer.object { writer in
            writer.member("id", expert.id.rawValue)
            writer.member("object", "model")
            writer.member("created", 0)
            writer.member("owned_by", status.host.id.rawValue)
            writer.object("moe2") { writer in
                writer.member("host", status.host.id.rawValue)
                writer.member("model", expert.model)
                writer.member("state", (capacity?.state ?? .starting).description)
                writer.member("context_length", expert.contextLength)
                writer.member("parameters", Int(clamping: expert.parameters))
                writer.member("quantization", expert.quantization)
                writer.member("scores_choices", expert.scoresChoices)
                writer.member("embeds", expert.embeds)
            }
        }
    }
}
