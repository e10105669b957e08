import FoundationEssentials
import MoE2Core
import MoE2Testing
import Testing

@testable import MoE2Trust

/// Who may say that it is which host.
@Suite struct HelloTests {
    private let directory: TemporaryDirectory
    private let authority: Authority
    private let now = Date()
    private let challenge: [UInt8] = Array(1...32)

    init() throws {
        directory = try TemporaryDirectory()
        authority = try Authority.create(in: directory.file("ca"))
        for name in ["orin-1", "orin-2"] { try authority.issue(try CertificateIdentity(role: .agent, name: name)) }
        try authority.issue(try CertificateIdentity(role: .client, name: "orin-1"))
        try authority.issue(try CertificateIdentity(role: .gate, name: "orin-1"), dns: ["localhost"])
    }

    private func host(_ name: String = "orin-1") throws -> HostID { try HostID(name) }

    private func folder(_ role: CertificateRole, _ name: String = "orin-1", of authority: Authority? = nil) throws
        -> String
    {
        (authority ?? self.authority).folder(of: try CertificateIdentity(role: role, name: name))
    }

    private func proof(_ name: String = "orin-1", of authority: Authority? = nil) throws -> AgentProof {
        let folder = try folder(.agent, name, of: authority)
        return try AgentProof(certificateFile: "\(folder)/certificate.pem", keyFile: "\(folder)/key.pem")
    }

    private func verifier() throws -> CertificateVerifier {
        try CertificateVerifier(
            authorities: "\(try folder(.gate))/ca.pem",
            revoked: authority.revocationsFile
        )
    }

    private func code(_ body: () throws -> Void) -> StatusCode? {
        do {
            try body()
            return nil
        } catch {
            return (error as? StatusError)?.code
        }
    }

    private func check(
        _ proof: AgentProof,
        as host: HostID,
        signed: [UInt8]? = nil,
        signature: [UInt8]? = nil,
        at time: Date? = nil
    ) throws -> StatusCode? {
        let signer = try HostID(proof.identity.name)
        let signature = try signature ?? proof.sign(challenge: signed ?? challenge, host: signer)
        let verifier = try verifier()
        return code {
            try verifier.checkHello(
                of: host,
                certificate: proof.certificate,
                challenge: challenge,
                signature: signature,
                at: time ?? now
            )
        }
    }

    @Test func theRightAgentIsBelieved() throws {
        #expect(try check(try proof(), as: try host()) == nil)
        #expect(try check(try proof("orin-2"), as: try host("orin-2")) == nil)
    }

    @Test func anAgentCannotPoseAsAnother() throws {
        // A thief signs what he likes with the key that he has.
        let stolen = try PEMFile.privateKey("\(try folder(.agent, "orin-2"))/key.pem")
        let forged = try stolen.sign(
            bytes: HelloProof.statement(challenge: challenge, host: try host()),
            signatureAlgorithm: .ecdsaWithSHA256
        ).rawRepresentation
        #expect(try check(try proof("orin-2"), as: try host(), signature: forged) == .permissionDenied)
        #expect(try check(try proof("orin-2"), as: try host()) == .unauthenticated)
        #expect(throws: StatusError.self) { try proof("orin-2").sign(challenge: challenge, host: try host()) }
        // Another one's certificate, but not its key.
        let own = try proof("orin-2").sign(challenge: challenge, host: try host("orin-2"))
        #expect(try check(try proof(), as: try host(), signature: own) == .unauthenticated)
    }

    @Test func aSignatureIsGoodForItsChallengeOnly() throws {
        #expect(try check(try proof(), as: try host(), signed: Array(2...33)) == .unauthenticated)
        #expect(try check(try proof(), as: try host(), signature: []) == .unauthenticated)
        #expect(try check(try proof(), as: try host(), signature: [UInt8](repeating: 7, count: 71)) == .unauthenticated)
    }

    @Test func timesCount() throws {
        let validity = Authority.standardValidity.seconds
        #expect(try check(try proof(), as: try host(), at: now.addingTimeInterval(validity - 60)) == nil)
        #expect(try check(try proof(), as: try host(), at: now.addingTimeInterval(validity + 60)) == .unauthenticated)
        #expect(try check(try proof(), as: try host(), at: now.addingTimeInterval(-7200)) == .unauthenticated)
    }

    @Test func revokedCertificatesAreRefused() throws {
        let old = try proof()
        try authority.revoke(try CertificateIdentity(role: .agent, name: "orin-1"))
        #expect(try check(old, as: try host()) == .unauthenticated)
        #expect(try check(try proof("orin-2"), as: try host("orin-2")) == nil)
        try authority.issue(try CertificateIdentity(role: .agent, name: "orin-1"))
        #expect(try check(try proof(), as: try host()) == nil)
        #expect(try check(old, as: try host()) == .unauthenticated)
    }

    @Test func anotherAuthoritysCertificatesAreRefused() throws {
        let other = try Authority.create(in: directory.file("other"))
        try other.issue(try CertificateIdentity(role: .agent, name: "orin-1"))
        #expect(try check(try proof(of: other), as: try host()) == .unauthenticated)
    }

    /// A key that is signed with the client authority's name but not its key, a client's and a gate's certificate.
    @Test func otherRolesAreNoAgents() throws {
        for role in [CertificateRole.client, .gate] {
            let folder = try folder(role)
            #expect(throws: StatusError.self) {
                try AgentProof(certificateFile: "\(folder)/certificate.pem", keyFile: "\(folder)/key.pem")
            }
            let certificate = try #require(try PEMFile.certificates("\(folder)/certificate.pem").first)
            let key = try PEMFile.privateKey("\(folder)/key.pem")
            let signature = try key.sign(
                bytes: HelloProof.statement(challenge: challenge, host: try host()),
                signatureAlgorithm: .ecdsaWithSHA256
            )
            let verifier = try verifier()
            let der = try #require(try PEMFile.documents("\(folder)/certificate.pem").first).derBytes
            let refusal = code {
                try verifier.checkHello(
                    of: try host(),
                    certificate: der,
                    challenge: challenge,
                    signature: signature.rawRepresentation,
                    at: now
                )
            }
            // The gate does not even trust the authority of gates.
            #expect(refusal == (role == .client ? .permissionDenied : .unauthenticated))
            #expect(CertificateIdentity(certificate)?.role == role)
        }
    }

    @Test(arguments: 0..<4) func damagedCertificatesAreRefused(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let proof = try proof()
        let signature = try proof.sign(challenge: challenge, host: try host())
        let verifier = try verifier()
        for _ in 0..<200 {
            var bytes = proof.certificate
            let place = Int.random(in: 0..<bytes.count, using: &random)
            bytes[place] ^= UInt8.random(in: 1...255, using: &random)
            let refusal = code {
                try verifier.checkHello(
                    of: try host(),
                    certificate: bytes,
                    challenge: challenge,
                    signature: signature,
                    at: now
                )
            }
            #expect(refusal != nil, "seed \(seed), byte \(place)")
        }
    }

    @Test func aListThatNobodySignedIsRefused() throws {
        let other = try Authority.create(in: directory.file("other"))
        let trusted = "\(try folder(.gate))/ca.pem"
        // A list of unknown authorities says nothing.
        _ = try CertificateVerifier(authorities: trusted, revoked: other.revocationsFile)
        #expect(throws: StatusError.self) {
            try CertificateVerifier(authorities: trusted, revoked: directory.file("missing.pem"))
        }
        var text = try String(decoding: Data(contentsOf: URL(filePath: authority.revocationsFile)), as: UTF8.self)
        text = text.replacing("\n-----END", with: "AAAA\n-----END")
        try SafeFile.write(text, to: directory.file("bad.pem"), mode: SafeFile.publicMode)
        #expect(throws: StatusError.self) {
            try CertificateVerifier(authorities: trusted, revoked: directory.file("bad.pem"))
        }
    }
}
