import FoundationEssentials
import Logging
import MoE2Core
import MoE2Trust
import MoE2Wire
import Synchronization
import Testing

@testable import MoE2Transport

/// Mutual TLS over real sockets, with the certificates that `moe2 pki` makes.
@Suite(.timeLimit(.minutes(2))) struct TLSTests {
    private let fleet: TLSFleet

    init() throws { fleet = try TLSFleet() }

    @Test func agentsAndClientsReachTheGate() async throws {
        let gate = try fleet.listen()
        for role in [CertificateRole.agent, .client] {
            let caller = try fleet.caller(to: gate, as: try fleet.holder(role, "orin-1"))
            #expect(try await fleet.reaches(caller))
        }
    }

    @Test func nobodyGetsInWithoutACertificate() async throws {
        let gate = try fleet.listen()
        let bare = ClientTLS(caFile: try fleet.client(try fleet.holder(.client, "ann")).caFile)
        #expect(try await fleet.call(try fleet.caller(to: gate, tls: bare)) == .unavailable)
        let plain = try NNGCaller(addresses: ["tcp://127.0.0.1:\(gate.port)"], logger: TLSFleet.logger)
        #expect(try await fleet.call(plain) == .unavailable)
        // The gate has not suffered.
        #expect(try await fleet.reaches(try fleet.caller(to: gate, as: try fleet.holder(.client, "bob"))))
    }

    @Test func anotherFleetsCertificatesAreWorthNothing() async throws {
        let gate = try fleet.listen()
        let other = try TLSFleet()
        let foreign = try other.client(try other.holder(.agent, "orin-1"))
        let own = try fleet.client(try fleet.holder(.agent, "orin-1"))
        // It trusts the gate, but its certificate is another fleet's.
        var mixed = foreign
        mixed.caFile = own.caFile
        #expect(try await fleet.call(try fleet.caller(to: gate, tls: mixed)) == .unavailable)
        // Its certificate is good, but it does not trust the gate.
        mixed = own
        mixed.caFile = foreign.caFile
        #expect(try await fleet.call(try fleet.caller(to: gate, tls: mixed)) == .unavailable)
        #expect(try await fleet.reaches(try fleet.caller(to: gate, tls: own)))
    }

    @Test func endedCertificatesAreRefused() async throws {
        let gate = try fleet.listen()
        let past = Date().addingTimeInterval(-7200)
        let ended = try fleet.holder(.agent, "orin-1", validity: .seconds(3600), now: past)
        #expect(try await fleet.call(try fleet.caller(to: gate, as: ended)) == .unavailable)
    }

    /// Of two agents that are connected, the one that is revoked is cut off and stays out; the other one goes on.
    @Test func revokingCutsOff() async throws {
        let gate = try fleet.listen()
        let bad = try fleet.holder(.agent, "orin-1")
        let badCaller = try fleet.caller(to: gate, as: bad)
        let goodCaller = try fleet.caller(to: gate, as: try fleet.holder(.agent, "orin-2"))
        #expect(try await fleet.reaches(badCaller))
        #expect(try await fleet.reaches(goodCaller))
        try fleet.authority.revoke(bad)
        try await gate.reload(try fleet.server(), reconnect: true)
        #expect(await fleet.poll { try await fleet.call(badCaller) == .unavailable })
        #expect(try await fleet.call(try fleet.caller(to: gate, as: bad)) == .unavailable)
        #expect(try await fleet.reaches(goodCaller))
    }

    /// What a thief of an agent's certificate would like to do: be the gate.
    @Test func anAgentsCertificateIsNoGates() async throws {
        let agent = try fleet.holder(.agent, "orin-1")
        let folder = fleet.authority.folder(of: agent)
        // With the same trust as the gate, so that only its own certificate tells it from one.
        let posing = try fleet.listen(
            ServerTLS(
                certificateFile: "\(folder)/certificate.pem",
                keyFile: "\(folder)/key.pem",
                clientCAFile: try fleet.server().clientCAFile
            )
        )
        for name in ["127.0.0.1", "orin-1"] {
            var tls = try fleet.client(try fleet.holder(.client, "ann-\(name)"))
            tls.serverName = name
            #expect(try await fleet.call(try fleet.caller(to: posing, tls: tls)) == .unavailable)
        }
    }

    /// Nor may a gate's certificate be used to call another gate.
    @Test func aGatesCertificateIsNoClients() async throws {
        let gate = try fleet.listen()
        let server = try fleet.server()
        let tls = ClientTLS(
            caFile: try fleet.client(try fleet.holder(.client, "ann")).caFile,
            certificateFile: server.certificateFile,
            keyFile: server.keyFile
        )
        #expect(try await fleet.call(try fleet.caller(to: gate, tls: tls)) == .unavailable)
    }

    @Test func theGatesNameCounts() async throws {
        let gate = try fleet.listen()
        var tls = try fleet.client(try fleet.holder(.client, "ann"))
        tls.serverName = "elsewhere.local"
        #expect(try await fleet.call(try fleet.caller(to: gate, tls: tls)) == .unavailable)
        tls.serverName = "localhost"
        #expect(try await fleet.reaches(try fleet.caller(to: gate, tls: tls)))
    }

    /// The gate moves to another authority without a restart, and so does a caller; a connection that is there stays.
    @Test func certificatesAreReplacedWithoutARestart() async throws {
        let gate = try fleet.listen()
        let old = try fleet.caller(to: gate, as: try fleet.holder(.client, "ann"))
        #expect(try await fleet.reaches(old))
        let other = try TLSFleet()
        try await gate.reload(try other.server(), reconnect: false)
        let new = try other.client(try other.holder(.client, "ann"))
        #expect(await fleet.poll { try await fleet.call(try fleet.caller(to: gate, tls: new)) == nil })
        #expect(try await fleet.reaches(old))
        #expect(try await fleet.call(try fleet.caller(to: gate, as: try fleet.holder(.client, "bob"))) == .unavailable)
        // Cut off, the old caller cannot come back until it has new files too.
        try await gate.reload(try other.server(), reconnect: true)
        #expect(await fleet.poll { try await fleet.call(old) == .unavailable })
        try old.reload(new)
        #expect(try await fleet.reaches(old))
    }

    /// A call that waits is asked for again on the next connection, and done anew if it was given up with the last one.
    @Test func callsSurviveANewConnection() async throws {
        let router = Router()
        let parked = Mutex<[Responder<DrainReply>]>([])
        router.register(quick: FleetMethods.drain) { _, _, responder in parked.withLock { $0.append(responder) } }
        let gate = try fleet.listen(router: router)
        let caller = try fleet.caller(to: gate, as: try fleet.holder(.client, "ann"))
        let call = Task {
            try await caller.call(
                FleetMethods.drain,
                DrainRequest(host: try HostID("orin-1"), drain: true),
                timeout: .seconds(60)
            )
        }
        #expect(await fleet.poll { parked.withLock { $0.count == 1 } })
        try await gate.reload(try fleet.server(), reconnect: true)
        #expect(await fleet.poll { parked.withLock { $0.count == 2 } })
        for responder in parked.withLock({ $0 }) { responder.reply(DrainReply(activeShards: 3)) }
        #expect(try await call.value.activeShards == 3)
    }

    @Test func badFilesLeaveEverythingAsItWas() async throws {
        let gate = try fleet.listen()
        var bad = try fleet.server()
        bad.keyFile = bad.certificateFile
        await #expect(throws: StatusError.self) { try await gate.reload(bad, reconnect: true) }
        bad = try fleet.server()
        bad.revokedFile = bad.certificateFile
        await #expect(throws: StatusError.self) { try await gate.reload(bad, reconnect: true) }
        bad.revokedFile = "/nowhere/revoked.pem"
        await #expect(throws: StatusError.self) { try await gate.reload(bad, reconnect: true) }
        #expect(try await fleet.reaches(try fleet.caller(to: gate, as: try fleet.holder(.client, "bob"))))
    }
}
