import FoundationEssentials
import Logging
import MoE2Core
import MoE2Trust
import MoE2Wire

@testable import MoE2Transport

/// A fleet's authority with a gate, in a directory of its own.
final class TLSFleet: Sendable {
    static let logger: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    let authority: Authority
    private let directory: String

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "moe2-\(UUID().uuidString)").path()
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        authority = try Authority.create(in: "\(directory)/ca")
        try authority.issue(try CertificateIdentity(role: .gate, name: "gate"), dns: ["localhost"], ip: ["127.0.0.1"])
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// Issues a certificate.
    func holder(
        _ role: CertificateRole,
        _ name: String,
        validity: Duration = Authority.standardValidity,
        now: Date = Date()
    ) throws -> CertificateIdentity {
        let identity = try CertificateIdentity(role: role, name: name)
        try authority.issue(identity, validity: validity, now: now)
        return identity
    }

    func server() throws -> ServerTLS {
        let folder = authority.folder(of: try CertificateIdentity(role: .gate, name: "gate"))
        return ServerTLS(
            certificateFile: "\(folder)/certificate.pem",
            keyFile: "\(folder)/key.pem",
            clientCAFile: "\(folder)/ca.pem",
            revokedFile: authority.revocationsFile
        )
    }

    func client(_ identity: CertificateIdentity) throws -> ClientTLS {
        let folder = authority.folder(of: identity)
        return ClientTLS(
            caFile: "\(folder)/ca.pem",
            certificateFile: "\(folder)/certificate.pem",
            keyFile: "\(folder)/key.pem",
            revokedFile: authority.revocationsFile
        )
    }

    /// A gate's listener that answers `Fleet/Drain`.
    func listen(_ tls: ServerTLS? = nil) throws -> NNGListener {
        let router = Router()
        router.register(FleetMethods.drain) { request, _ in DrainReply(activeShards: request.host.rawValue.count) }
        return try listen(tls, router: router)
    }

    /// A gate's listener that offers the methods of `router`.
    func listen(_ tls: ServerTLS? = nil, router: Router) throws -> NNGListener {
        let listener = try NNGListener(
            address: "tls://127.0.0.1:0",
            tls: try tls ?? server(),
            router: router,
            logger: Self.logger
        )
        Task { try await listener.run() }
        return listener
    }

    func caller(to gate: NNGListener, as identity: CertificateIdentity) throws -> NNGCaller {
        try caller(to: gate, tls: try client(identity))
    }

    func caller(to gate: NNGListener, tls: ClientTLS) throws -> NNGCaller {
        try NNGCaller(addresses: ["tls://127.0.0.1:\(gate.port)"], tls: tls, logger: Self.logger)
    }

    /// Calls once.
    /// - Returns: why it failed; nil when it did not.
    func call(_ caller: NNGCaller, timeout: Duration = .seconds(2)) async throws -> StatusCode? {
        let request = DrainRequest(host: try HostID("orin-1"), drain: true)
        do {
            _ = try await caller.call(FleetMethods.drain, request, timeout: timeout)
            return nil
        } catch {
            // A connection that was cut while the call was under way.
            return error.code == .deadlineExceeded ? .unavailable : error.code
        }
    }

    /// Whether `caller` gets through; on a busy machine that may take a while.
    func reaches(_ caller: NNGCaller) async throws -> Bool {
        try Task.checkCancellation()
        return await poll { try await call(caller, timeout: .seconds(5)) == nil }
    }

    /// Tries until `condition` holds, for half a minute.
    func poll(_ condition: () async throws -> Bool) async -> Bool {
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            if (try? await condition()) == true { return true }
            try? await Task.sleep(for: .milliseconds(50))
        }
        return false
    }
}
