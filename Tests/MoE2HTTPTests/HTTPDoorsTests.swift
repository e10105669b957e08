import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import MoE2Core
import MoE2Testing
import Testing

@testable import MoE2Gate
@testable import MoE2HTTP

@Suite(.timeLimit(.minutes(1))) struct HTTPDoorsTests {
    private struct TableScorer: ExpertScorer {
        var table: [String: Double]
        var temperature: Double { 0.5 }
        var origin: String { "table" }
        func scores(prompt: String, category: MoE2Core.Category, of experts: [Expert]) -> [ExpertID: Double] {
            Dictionary(uniqueKeysWithValues: table.map { (ExpertID(rawValue: $0)!, $1) })
        }
    }

    /// Knows the token `secret` only.
    private struct OneToken: ClientAuthorizer {
        func client(token: String?, scope: ClientScope) throws(StatusError) -> ClientIdentity {
            guard token == "secret" else { throw StatusError(.unauthenticated, "no such token") }
            return ClientIdentity(name: "tester")
        }
    }

    private struct Bench: Sendable {
        let parts: GateParts
        let doors: HTTPDoors

        init(queueLimit: Int = 256, limits: HTTPLimits = HTTPLimits()) {
            let start = ContinuousClock.now
            var settings = EngineSettings(defaultCategory: Category(rawValue: "general")!, categories: [:])
            settings.hedging = nil
            settings.queueLimit = queueLimit
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let watch = GateWatch()
            parts = GateParts(
                GateParts.Setup(
                    engine: settings,
                    scorer: TableScorer(table: ["good": 2, "poor": 1]),
                    observers: watch.observers
                ),
                logger: logger,
                now: { ContinuousClock.now - start }
            )
            doors = HTTPDoors(
                access: GateAccess(parts, authorizer: OneToken(), batches: nil),
                watch: watch,
                http: nil,
                admin: nil,
                limits: limits,
                logger: logger
            ) { _ in }
        }

        /// Runs `body` against the admin door, which has every route, while the agents poll.
        func run(
            _ agents: [ScriptedAgent],
            live: Bool = false,
            _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void
        ) async throws {
            let limits = HTTPLimits()
            let application = Application(
                router: doors.adminRouter(Admission(limit: limits.requests), HTTPTraffic()),
                server: doors.server(isPinned: live),
                configuration: .init(address: .hostname("127.0.0.1", port: 0)),
                logger: {
                    var logger = Logger(label: "test"); logger.logLevel = .critical; return logger
                }()
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                for agent in agents {
                    try agent.join()
                    group.addTask { await agent.run() }
                }
                defer { group.cancelAll() }
                try await application.test(live ? .live : .router) { client in try await body(client) }
            }
        }
    }

    private static let token: HTTPFields = [.authorization: "Bearer secret"]

    private static func post(
        _ client: any TestClientProtocol,
        _ path: String,
        _ body: String,
        headers: HTTPFields = token
    ) async throws -> TestResponse {
        try await client.execute(uri: path, method: .post, headers: headers, body: ByteBuffer(string: body))
    }

    private static let hello = #""model":"moe2","messages":[{"role":"user","content":"2+2"}]"#

    @Test func anAnswerSaysWhoWroteItAndWhatItCost() async throws {
        let bench = Bench()
        let good = ScriptedAgent("good", hub: bench.parts.hub, script: writing("fo", "ur"))
        try await bench.run([good]) { client in
            let response = try await Self.post(client, "/v1/chat/completions", "{\(Self.hello)}")
            #expect(response.status == .ok)
            let root = try JSONDocument(Array(response.body.readableBytesView)).root
            #expect(text(root["object"]) == "chat.completion")
            #expect(text(first(root["choices"])?["message"]?["content"]) == "four")
            #expect(text(first(root["choices"])?["finish_reason"]) == "stop")
            #expect(number(root["usage"]?["prompt_tokens"]) == 3)
            #expect(number(root["usage"]?["total_tokens"]) == 5)
            #expect(text(first(root["moe2"]?["team"])?["expert"]) == "good")
            #expect(number(root["moe2"]?["measured"]?["energy_j"]) == 1)
            #expect(response.headers[try #require(HTTPField.Name("x-moe2-team"))] == "good=1.000")
            #expect(response.headers[try #require(HTTPField.Name("x-moe2-energy-j"))] == "1.000000")
        }
    }

    @Test func aStreamHasEveryPieceAndEndsWithTheUsage() async throws {
        let bench = Bench()
        let good = ScriptedAgent("good", hub: bench.parts.hub, script: writing("fo", "ur"))
        try await bench.run([good]) { client in
            let body = #"{\#(Self.hello),"stream":true,"stream_options":{"include_usage":true}}"#
            let response = try await Self.post(client, "/v1/chat/completions", body)
            #expect(response.headers[.contentType] == "text/event-stream")
            let events = events(response)
            #expect(events.last == "[DONE]")
            let chunks = try events.dropLast().map { try JSONDocument(Array($0.utf8)).root }
            #expect(chunks.compactMap { text(first($0["choices"])?["delta"]?["content"]) }.joined() == "four")
            #expect(chunks.compactMap { text(first($0["choices"])?["finish_reason"]) } == ["stop"])
            #expect(number(chunks.last?["usage"]?["completion_tokens"]) == 2)
            #expect(chunks.contains { text(first($0["moe2"]?["team"])?["expert"]) == "good" })
            #expect(response.trailerHeaders?[try #require(HTTPField.Name("x-moe2-energy-j"))] == "1.000000")
        }
    }

    @Test func severalAnswersAreToldApart() async throws {
        let bench = Bench()
        let good = ScriptedAgent("good", hub: bench.parts.hub, slots: 2, script: writing("x"))
        try await bench.run([good]) { client in
            let response = try await Self.post(
                client,
                "/v1/completions",
                #"{"model":"good","prompt":["a","b"],"n":2,"echo":true}"#
            )
            let root = try JSONDocument(Array(response.body.readableBytesView)).root
            guard case .array(let choices)? = root["choices"]?.kind else {
                Issue.record("no choices")
                return
            }
            #expect(choices.compactMap { text($0["text"]) } == ["ax", "ax", "bx", "bx"])
            #expect(choices.compactMap { number($0["index"]) } == [0, 1, 2, 3])
            #expect(number(root["usage"]?["prompt_tokens"]) == 6, "a prompt counts once")
        }
    }

    @Test func whatFailsGetsTheStatusItDeserves() async throws {
        let bench = Bench()
        try await bench.run([]) { client in
            func status(_ body: String, _ headers: HTTPFields = Self.token) async throws -> HTTPResponse.Status {
                let response = try await Self.post(client, "/v1/chat/completions", body, headers: headers)
                let error = try JSONDocument(Array(response.body.readableBytesView)).root["error"]
                #expect(text(error?["message"])?.isEmpty == false)
                #expect(text(error?["type"])?.isEmpty == false)
                if response.status == .serviceUnavailable { #expect(response.headers[.retryAfter] == "1") }
                return response.status
            }
            #expect(try await status("{\(Self.hello)}", [:]) == .unauthorized)
            #expect(try await status("{\(Self.hello)}", [.authorization: "Bearer wrong"]) == .unauthorized)
            #expect(try await status("{") == .badRequest)
            #expect(try await status(#"{"model":"nobody","messages":[{"role":"user","content":"x"}]}"#) == .notFound)
            #expect(try await status("{\(Self.hello)}") == .serviceUnavailable)
            #expect(try await status(String(repeating: "x", count: (4 << 20) + 1)) == .contentTooLarge)
            let unknown = try await client.execute(uri: "/v1/nothing", method: .get, headers: Self.token)
            #expect(unknown.status == .notFound)
        }
    }

    @Test func aFullQueueSaysWhenToComeBack() async throws {
        let bench = Bench(queueLimit: 0)
        let good = ScriptedAgent("good", hub: bench.parts.hub, script: silent())
        try await bench.run([good]) { client in
            while bench.parts.hub.loads()[good.expert]?.credits != 1 { await Task.yield() }
            let first = Task { try await Self.post(client, "/v1/chat/completions", "{\(Self.hello)}") }
            while good.startedShards.isEmpty { await Task.yield() }
            let second = try await Self.post(client, "/v1/chat/completions", "{\(Self.hello)}")
            #expect(second.status == .tooManyRequests)
            #expect(second.headers[.retryAfter] == "1")
            first.cancel()
            try bench.parts.hub.leave(session: "session-good")
            _ = await first.result
        }
    }

    @Test func aStreamThatFailsBeforeItsFirstTokenFailsWithAStatus() async throws {
        let bench = Bench()
        let good = ScriptedAgent("good", hub: bench.parts.hub, script: failing(code: .invalidArgument))
        try await bench.run([good]) { client in
            let response = try await Self.post(client, "/v1/chat/completions", #"{\#(Self.hello),"stream":true}"#)
            #expect(response.status == .badRequest)
        }
    }

    @Test func aBudgetNobodyMeetsSaysTheSmallestThatWouldDo() async throws {
        let bench = Bench()
        let good = ScriptedAgent("good", hub: bench.parts.hub, script: writing("x"))
        try await bench.run([good]) { client in
            let response = try await Self.post(
                client,
                "/v1/chat/completions",
                #"{\#(Self.hello),"moe2":{"max_latency":"1us"}}"#
            )
            #expect(response.status == .badRequest)
            let error = try JSONDocument(Array(response.body.readableBytesView)).root["error"]
            #expect(text(error?["code"]) == "budget_too_small")
            #expect((number(error?["moe2"]?["smallest_latency_ms"]) ?? 0) > 0)
        }
    }

    @Test func modelsAreTheFleetAndItsExperts() async throws {
        let bench = Bench()
        let good = ScriptedAgent("good", hub: bench.parts.hub, script: writing("x"))
        try await bench.run([good]) { client in
            let list = try await client.execute(uri: "/v1/models", method: .get, headers: Self.token)
            guard case .array(let models)? = try JSONDocument(Array(list.body.readableBytesView)).root["data"]?.kind
            else {
                Issue.record("no models")
                return
            }
            #expect(models.compactMap { text($0["id"]) } == ["moe2", "good"])
            let one = try await client.execute(uri: "/v1/models/good", method: .get, headers: Self.token)
            #expect(text(try JSONDocument(Array(one.body.readableBytesView)).root["id"]) == "good")
            let none = try await client.execute(uri: "/v1/models/none", method: .get, headers: Self.token)
            #expect(none.status == .notFound)
        }
    }

    @Test func healthIsOpenAndMetricsAreNot() async throws {
        let bench = Bench()
        let good = ScriptedAgent("good", hub: bench.parts.hub, script: writing("x"))
        try await bench.run([]) { client in
            #expect(try await client.execute(uri: "/healthz", method: .get).status == .ok)
            #expect(try await client.execute(uri: "/readyz", method: .get).status == .serviceUnavailable)
            #expect(try await client.execute(uri: "/metrics", method: .get).status == .unauthorized)
            #expect(try await client.execute(uri: "/api/fleet", method: .get).status == .unauthorized)
            let page = try await client.execute(uri: "/", method: .get)
            #expect(page.status == .ok)
            #expect(page.headers[.contentSecurityPolicy]?.contains("default-src 'none'") == true)
        }
        try await bench.run([good]) { client in
            #expect(try await client.execute(uri: "/readyz", method: .get).status == .ok)
            _ = try await Self.post(client, "/v1/chat/completions", "{\(Self.hello)}")
            let metrics = try await client.execute(uri: "/metrics", method: .get, headers: Self.token)
            let text = String(buffer: metrics.body)
            #expect(text.contains(#"moe2_queries_total{category="general",mode="route",code="OK"} 1"#))
            #expect(text.contains(#"moe2_energy_joules_total{host="host-good",expert="good",source="modelled"} 1"#))
            #expect(text.contains(#"moe2_agents{state="up"} 1"#))
            for figure in ["latency_coverage", "energy_coverage", "energy_error", "energy_bias"] {
                #expect(text.contains(try Regex("\nmoe2_cost_\(figure)_ratio -?[0-9]")))
            }
        }
    }

    @Test func theFrontierIsOffered() async throws {
        let bench = Bench()
        let good = ScriptedAgent("good", hub: bench.parts.hub, script: writing("x"))
        try await bench.run([good]) { client in
            let frontier = try await client.execute(uri: "/api/frontier", method: .get, headers: Self.token)
            guard
                case .array(let points)? = try JSONDocument(Array(frontier.body.readableBytesView)).root["latency"]?
                    .kind
            else {
                Issue.record("no points")
                return
            }
            #expect(points.count == FrontierSource.points)
            let wrong = try await client.execute(uri: "/api/frontier?category=a%20b", method: .get, headers: Self.token)
            #expect(wrong.status == .badRequest)
        }
    }

    @Test func aClientThatGoesAwayStopsItsShards() async throws {
        let bench = Bench()
        let good = ScriptedAgent("good", hub: bench.parts.hub, slots: 2, script: silent())
        try await bench.run([good], live: true) { client in
            for body in ["{\(Self.hello)}", #"{\#(Self.hello),"stream":true}"#] {
                let started = good.startedShards.count
                let cancelled = good.cancelledShards.count
                try await TestClient.withClient(host: "127.0.0.1", port: try #require(client.port)) { raw in
                    try await raw.executeAndDontWaitForResponse(
                        .init(
                            "/v1/chat/completions",
                            method: .post,
                            headers: Self.token,
                            body: ByteBuffer(string: body)
                        )
                    )
                    try await eventually { good.startedShards.count != started }
                    try await raw.close(mode: .all)
                }
                try await eventually { good.cancelledShards.count != cancelled }
            }
        }
        #expect(bench.parts.view.activeQueries == 0)
    }
}

private func text(_ value: JSONValue?) -> String? {
    if case .string(let text)? = value?.kind { text } else { nil }
}

private func number(_ value: JSONValue?) -> Double? {
    if case .number(let number)? = value?.kind { number } else { nil }
}

private func first(_ value: JSONValue?) -> JSONValue? {
    if case .array(let elements)? = value?.kind { elements.first } else { nil }
}

/// The data of the server-sent events of a response.
private func events(_ response: TestResponse) -> [String] {
    String(buffer: response.body).split(separator: "\n\n").map { String($0.dropFirst("data: ".count)) }
}
