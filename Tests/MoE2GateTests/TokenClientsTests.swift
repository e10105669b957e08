import FoundationEssentials
import MoE2Core
import MoE2Trust
import Synchronization
import Testing

@testable import MoE2Gate

@Suite struct TokenClientsTests {
    private func file(_ change: (inout TokenEntry) -> Void = { _ in }) throws -> TokenFile {
        var entry = TokenEntry(name: try ClientName("ann"), token: "secret", scopes: [.query])
        change(&entry)
        var file = TokenFile()
        try file.add(entry)
        return file
    }

    private func code(_ clients: TokenClients, _ token: String?, _ scope: ClientScope) -> StatusCode? {
        do {
            _ = try clients.client(token: token, scope: scope)
            return nil
        } catch {
            return error.code
        }
    }

    @Test func onlyTheTokenLetsIn() throws {
        let clients = TokenClients(try file())
        #expect(try clients.client(token: "secret", scope: .query).name == "ann")
        #expect(code(clients, nil, .query) == .unauthenticated)
        #expect(code(clients, "", .query) == .unauthenticated)
        #expect(code(clients, "Secret", .query) == .unauthenticated)
        #expect(code(clients, "secret", .plan) == .permissionDenied)
        #expect(code(clients, "secret", .admin) == .permissionDenied)
    }

    @Test func aTokenEnds() throws {
        let time = Mutex(Date(timeIntervalSince1970: 1000))
        let clients = TokenClients(try file { $0.expires = Date(timeIntervalSince1970: 2000) }) { time.withLock { $0 } }
        #expect(code(clients, "secret", .query) == nil)
        time.withLock { $0 = Date(timeIntervalSince1970: 2000) }
        #expect(code(clients, "secret", .query) == .unauthenticated)
    }

    @Test func budgetsHoldAndSurviveAReload() throws {
        let clients = TokenClients(
            try file {
                $0.energyPerQuery = .joules(8)
                $0.energyPerDay = .joules(10)
            }
        )
        let identity = try clients.client(token: "secret", scope: .query)
        #expect(identity.energyPerQuery == .joules(8))
        clients.queryFinished(
            QueryRecord(
                query: Query(id: .random(), messages: []),
                client: identity,
                category: try Category("general"),
                elapsed: .zero,
                latencyLimit: .seconds(1),
                usage: Usage(promptTokens: 1, completionTokens: 1, energy: .joules(7))
            )
        )
        #expect(try clients.client(token: "secret", scope: .query).energyPerQuery == .joules(3))
        clients.replace(try file { $0.energyPerDay = .joules(7) })
        #expect(code(clients, "secret", .query) == .resourceExhausted)
        clients.replace(TokenFile())
        #expect(code(clients, "secret", .query) == .unauthenticated)
    }

    @Test func queriesPerMinuteCountQueriesOnly() throws {
        let clients = TokenClients(
            try file {
                $0.scopes = [.query, .plan]
                $0.queriesPerMinute = 2
            }
        )
        for _ in 0..<5 { #expect(code(clients, "secret", .plan) == nil) }
        #expect(code(clients, "secret", .query) == nil)
        #expect(code(clients, "secret", .query) == nil)
        #expect(code(clients, "secret", .query) == .resourceExhausted)
    }
}
