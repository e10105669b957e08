import FoundationEssentials
import Glibc
import MoE2Core
import MoE2Testing
import Testing
import X509

@testable import MoE2Trust

@Suite struct AuthorityTests {
    private let directory: TemporaryDirectory
    private let authority: Authority
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    init() throws {
        directory = try TemporaryDirectory()
        authority = try Authority.create(in: directory.file("ca"), now: Date(timeIntervalSince1970: 1_800_000_000))
    }

    private func agent(_ name: String = "orin-1") throws -> CertificateIdentity {
        try CertificateIdentity(role: .agent, name: name)
    }

    private func mode(_ path: String) -> UInt32 {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    private func code(_ body: () throws -> Void) -> StatusCode? {
        do {
            try body()
            return nil
        } catch {
            return (error as? StatusError)?.code
        }
    }

    @Test func keysAreForTheirOwnerOnly() throws {
        try authority.issue(try agent(), now: now)
        let folder = authority.folder(of: try agent())
        for path in [
            "gate-ca.key", "agent-ca.key", "client-ca.key", "index.yaml", "issued/agent/orin-1/key.pem",
        ] {
            #expect(mode("\(authority.directory)/\(path)") == 0o600, "\(path)")
        }
        #expect(mode(authority.directory) == 0o700)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == [
                "ca.pem", "certificate.pem", "key.pem",
            ]
        )
        #expect(code { _ = try Authority.create(in: authority.directory) } == .alreadyExists)
        #expect(code { _ = try Authority(in: directory.path) } == .notFound)
    }

    @Test func aCertificateSaysWhoItIsForAndLastsAsLongAsAsked() throws {
        let gate = try CertificateIdentity(role: .gate, name: "gate-1")
        let made = try authority.issue(
            gate,
            dns: ["gate.local"],
            ip: ["10.0.0.7", "2001:db8:0:0:0:0:0:1"],
            validity: .seconds(3600),
            now: now
        )
        let facts = try #require(
            try CertificateFacts.read("\(authority.folder(of: gate))/certificate.pem").first
        )
        #expect(facts.identity == gate)
        #expect(facts.serial == made.serial)
        #expect(facts.expires == now.addingTimeInterval(3600))
        #expect(facts.begins == now.addingTimeInterval(-3600))
        #expect(facts.dns == ["gate.local"])
        #expect(facts.ip == ["10.0.0.7", "2001:db8::1"])
        // A gate trusts agents and clients; the others trust gates.
        #expect(try CertificateFacts.read("\(authority.folder(of: gate))/ca.pem").count == 2)
        try authority.issue(try agent(), now: now)
        #expect(try CertificateFacts.read("\(authority.folder(of: try agent()))/ca.pem").count == 1)
    }

    @Test func whatMakesNoSenseIsRefused() throws {
        #expect(code { try authority.issue(try agent(), dns: ["a"], now: now) } == .invalidArgument)
        let gate = try CertificateIdentity(role: .gate, name: "g")
        #expect(code { try authority.issue(gate, now: now) } == .invalidArgument)
        #expect(code { try authority.issue(gate, ip: ["10.0.0"], now: now) } == .invalidArgument)
        #expect(code { try authority.issue(gate, dns: ["a b"], now: now) } == .invalidArgument)
        #expect(code { try authority.issue(try agent(), validity: .seconds(1), now: now) } == .invalidArgument)
        for name in ["", "..", "a/b", "a b", String(repeating: "x", count: 65)] {
            #expect(code { _ = try agent(name) } == .invalidArgument, "\(name)")
        }
        try authority.issue(try agent(), now: now)
        #expect(code { try authority.issue(try agent(), now: now) } == .alreadyExists)
        #expect(code { _ = try authority.renew(try agent("orin-2"), now: now) } == .notFound)
        #expect(code { try authority.revoke(try agent("orin-2"), now: now) } == .notFound)
    }

    @Test func renewalKeepsTheNamesAndChangesTheKey() throws {
        let gate = try CertificateIdentity(role: .gate, name: "gate-1")
        let first = try authority.issue(gate, dns: ["gate.local"], ip: ["::1"], now: now)
        let key = try String(
            decoding: Data(contentsOf: URL(filePath: "\(authority.folder(of: gate))/key.pem")),
            as: UTF8.self
        )
        #expect(try authority.renew(gate, within: .seconds(86_400), now: now) == nil)
        let later = now.addingTimeInterval(Authority.standardValidity.seconds - 3600)
        let second = try #require(try authority.renew(gate, within: .seconds(86_400), now: later))
        #expect(second.serial != first.serial)
        #expect(second.expires > first.expires)
        let facts = try #require(try CertificateFacts.read("\(authority.folder(of: gate))/certificate.pem").first)
        #expect(facts.dns == ["gate.local"] && facts.ip == ["::1"])
        #expect(
            try String(
                decoding: Data(contentsOf: URL(filePath: "\(authority.folder(of: gate))/key.pem")),
                as: UTF8.self
            ) != key
        )
        #expect(try authority.certificates().map(\.serial) == [first.serial, second.serial])
    }

    @Test func revokingCoversEveryCertificateOfTheHolder() throws {
        try authority.issue(try agent(), now: now)
        _ = try authority.renew(try agent(), now: now)
        try authority.issue(try agent("orin-2"), now: now)
        #expect(try authority.revoke(try agent(), now: now) == 2)
        #expect(try authority.certificates().map { $0.revoked != nil } == [true, true, false])
        #expect(code { _ = try authority.renew(try agent(), now: now) } == .failedPrecondition)
        // The same host may come back with a new certificate.
        try authority.issue(try agent(), now: now)
        #expect(try authority.certificates().count == 4)
        // What has ended is forgotten, and needs no revocation any more.
        let end = now.addingTimeInterval(Authority.standardValidity.seconds + 2 * 86_400)
        try authority.issue(try agent("orin-3"), now: end)
        #expect(try authority.certificates().map(\.identity.name) == ["orin-3"])
    }

    @Test func aListIsReadAsItWasWritten() throws {
        let issuer = try #require(try PEMFile.certificates("\(authority.directory)/agent-ca.pem").first)
        let other = try #require(try PEMFile.certificates("\(authority.directory)/gate-ca.pem").first)
        let key = try PEMFile.privateKey("\(authority.directory)/agent-ca.key")
        for count in [0, 1, 500] {
            let entries = (0..<count).map {
                RevocationList.Entry(
                    serial: [1, UInt8($0 / 256), UInt8($0 % 256)],
                    time: now.addingTimeInterval(Double($0))
                )
            }
            let pem = try RevocationList.pem(entries, issuer: issuer, key: key, now: now)
            try SafeFile.write(pem, to: directory.file("list.pem"), mode: SafeFile.publicMode)
            let document = try #require(try PEMFile.documents(directory.file("list.pem")).first)
            let list = try RevocationList(derEncoded: document.derBytes)
            #expect(list.entries == entries)
            #expect(list.isSigned(by: issuer))
            #expect(!list.isSigned(by: other))
        }
    }

    /// Damaged lists are refused or their signature no longer holds; nothing crashes.
    @Test(arguments: 0..<4) func damagedListsAreNotBelieved(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let issuer = try #require(try PEMFile.certificates("\(authority.directory)/agent-ca.pem").first)
        let key = try PEMFile.privateKey("\(authority.directory)/agent-ca.key")
        let entries = (0..<20).map { RevocationList.Entry(serial: [1, UInt8($0)], time: now) }
        try SafeFile.write(
            try RevocationList.pem(entries, issuer: issuer, key: key, now: now),
            to: directory.file("list.pem"),
            mode: SafeFile.publicMode
        )
        let good = try #require(try PEMFile.documents(directory.file("list.pem")).first).derBytes
        for _ in 0..<500 {
            var bytes = good
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes[place] ^= UInt8.random(in: 1...255, using: &random)
            case 1: bytes.removeLast(place)
            default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
            }
            guard let list = try? RevocationList(derEncoded: bytes) else { continue }
            // A byte that only changes the framing outside of what is signed may leave the list as it was.
            #expect(!list.isSigned(by: issuer) || list.entries == entries, "seed \(seed)")
        }
    }
}
