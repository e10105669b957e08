import HTTPTypes
import Hummingbird
import MoE2Core
import MoE2Gate
import ServiceLifecycle

/// The dashboard and the data that it shows. The page itself says nothing, so it needs no token; its data does.
struct DashboardRoutes: Sendable {
    /// How often the fleet is sent to a page.
    private static let interval = Duration.seconds(1)

    let access: GateAccess
    let feed: LiveFeed
    let frontiers: FrontierSource

    init(access: GateAccess, feed: LiveFeed) {
        self.access = access
        self.feed = feed
        frontiers = FrontierSource(access: access)
    }

    func register(page: some RouterMethods<DoorContext>, data: some RouterMethods<DoorContext>) {
        page.get("/") { _, _ in Self.page() }
        data.get("api/fleet") { _, _ in ModelRoutes.response(FleetWriter.json(access)) }
        data.get("api/frontier") { request, _ in
            let name = request.uri.queryParameters["category"].map(String.init)
            guard let name else { return ModelRoutes.response(try await frontiers.json(access.defaultCategory)) }
            return ModelRoutes.response(try await frontiers.json(try MoE2Core.Category(name)))
        }
        data.get("api/live") { _, context in try live(context.connection) }
    }

    private static func page() -> Response {
        let nonce = QueryID.random().rawValue
        var headers: HTTPFields = [
            .contentType: "text/html; charset=utf-8", .cacheControl: "no-store",
            .contentSecurityPolicy: DashboardPage.policy(nonce: nonce), .xContentTypeOptions: "nosniff",
        ]
        if let name = HTTPField.Name("referrer-policy") { headers[name] = "no-referrer" }
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: DashboardPage.html(nonce: nonce)))
        )
    }

    // MARK: Live

    /// Server-sent events: `fleet` every second, `query` at every change of a query.
    private func live(_ connection: Connection?) throws -> Response {
        let (recent, changes) = try feed.watch()
        let access = access
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
            body: ResponseBody { body in
                let pipe = EventPipe<[UInt8]>(capacity: 16)
                let task = Task {
                    await withDiscardingTaskGroup { group in
                        group.addTask { try? await Self.sendFleet(access, into: pipe) }
                        group.addTask {
                            for await line in changes {
                                guard (try? await pipe.send(Self.event("query", JSONWriter.value(line.write)))) != nil
                                else { break }
                            }
                        }
                    }
                }
                let stop: @Sendable () -> Void = {
                    task.cancel()
                    pipe.finish()
                }
                connection?.watch(stop)
                defer {
                    stop()
                    connection?.unwatch()
                }
                // The fleet first: it decides which expert has which colour.
                var first = Self.event("fleet", FleetWriter.json(access))
                for line in recent { first += Self.event("query", JSONWriter.value(line.write)) }
                try await body.write(ByteBuffer(bytes: first))
                try await withGracefulShutdownHandler {
                    while let bytes = await pipe.next() { try await body.write(ByteBuffer(bytes: bytes)) }
                } onGracefulShutdown: {
                    stop()
                }
                try await body.finish(nil)
            }
        )
    }

    private static func sendFleet(_ access: GateAccess, into pipe: EventPipe<[UInt8]>) async throws {
        while true {
            try await Task.sleep(for: interval)
            try await pipe.send(event("fleet", FleetWriter.json(access)))
        }
    }

    private static func event(_ name: String, _ data: [UInt8]) -> [UInt8] {
        Array("event: \(name)\ndata: ".utf8) + data + Array("\n\n".utf8)
    }
}
