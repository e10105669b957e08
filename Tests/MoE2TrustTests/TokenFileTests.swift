import FoundationEssentials
import Glibc
import MoE2Configuration
import MoE2Core
import Testing

@testable import MoE2Trust

@Suite struct TokenFileTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private var path: String { directory.file("tokens.yaml") }

    private func entry(_ name: String, _ token: String) throws -> TokenEntry {
        TokenEntry(name: try ClientName(name), token: token, scopes: [.query])
    }

    private func mode(_ path: String) -> UInt32 {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : 0
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        var full = try entry("batch-jobs", APIToken.random())
        full.scopes = [.query, .plan, .admin]
        full.energyPerQuery = .joules(0.0000125)
        full.energyPerDay = .joules(1e9)
        full.queriesPerMinute = 30
        full.created = Date(timeIntervalSince1970: 1_800_000_000)
        full.expires = Date(timeIntervalSince1970: 1_900_000_000)
        let plain = try entry("123", APIToken.random())
        try TokenFile.update(path) { (file) throws(StatusError) in
            try file.add(full)
            try file.add(plain)
        }
        let read = try TokenFile.read(path).tokens
        #expect(read.map(\.name) == [full.name, plain.name])
        #expect(read[1] == plain)
        #expect(abs((read[0].energyPerQuery?.joules ?? 0) - 0.0000125) < 1e-15)
        #expect(abs((read[0].energyPerDay?.joules ?? 0) - 1e9) < 1)
        var first = read[0]
        first.energyPerQuery = full.energyPerQuery
        first.energyPerDay = full.energyPerDay
        #expect(first == full)
    }

    @Test func theFileHoldsNoSecretAndIsForItsOwnerOnly() throws {
        let token = APIToken.random()
        let entry = try entry("a", token)
        try TokenFile.update(path) { (file) throws(StatusError) in try file.add(entry) }
        let text = try String(decoding: Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        #expect(!text.contains(token))
        #expect(!text.contains(token.dropFirst(APIToken.prefix.count)))
        #expect(mode(path) == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["tokens.yaml"])
    }

    @Test func aTokenFindsItsOwnClientOnly() throws {
        var file = TokenFile()
        try file.add(try entry("a", "token-a"))
        try file.add(try entry("b", "token-b"))
        #expect(file.entry(for: "token-a")?.name.rawValue == "a")
        #expect(file.entry(for: "token-b")?.name.rawValue == "b")
        for wrong in ["", "token-", "token-a ", "Token-a", APIToken.digest("token-a")] {
            #expect(file.entry(for: wrong) == nil)
        }
    }

    @Test func randomTokensAreLongAndDiffer() {
        let tokens = (0..<1000).map { _ in APIToken.random() }
        #expect(Set(tokens).count == 1000)
        #expect(tokens.allSatisfy { $0.hasPrefix("moe2_") && $0.utf8.count == 48 })
        // RFC 6234's test vector.
        #expect(APIToken.digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func namesAndTokensAreUnique() throws {
        var file = TokenFile()
        try file.add(try entry("a", "one"))
        #expect { try file.add(try entry("a", "two")) } throws: { ($0 as? StatusError)?.code == .alreadyExists }
        #expect { try file.add(try entry("b", "one")) } throws: { ($0 as? StatusError)?.code == .alreadyExists }
        #expect { try file.remove(try ClientName("c")) } throws: { ($0 as? StatusError)?.code == .notFound }
        try file.remove(try ClientName("a"))
        #expect(file.tokens.isEmpty)
    }

    @Test(arguments: [
        ("tokens: [{name: a, sha256: abc, scopes: [query]}]", "64 hexadecimal digits"),
        ("tokens: [{name: a b, sha256: DIGEST, scopes: [query]}]", "no valid name"),
        ("tokens: [{name: a, sha256: DIGEST, scopes: []}]", "must list one or more of query, plan, admin"),
        ("tokens: [{name: a, sha256: DIGEST, scopes: [querry]}]", "did you mean 'query'?"),
        ("tokens: [{name: a, sha256: DIGEST, scopes: [query], energy_per_dya: 2J}]", "energy_per_day"),
        ("tokens: [{name: a, sha256: DIGEST, scopes: [query], energy_per_day: 0J}]", "above 0 J"),
        ("tokens: [{name: a, sha256: DIGEST, scopes: [query], queries_per_minute: 0}]", "must be 1 or more"),
        ("tokens: [{name: a, sha256: DIGEST, scopes: [query], expires: tomorrow}]", "2026-12-31T00:00:00Z"),
        (
            "tokens: [{name: a, sha256: DIGEST, scopes: [query]}, {name: a, sha256: OTHER, scopes: [query]}]",
            "names the client 'a' twice"
        ),
        (
            "tokens: [{name: a, sha256: DIGEST, scopes: [query]}, {name: b, sha256: DIGEST, scopes: [query]}]",
            "same sha256 twice"
        ),
    ]) func mistakesAreNamed(text: String, message: String) throws {
        let text = text.replacing("DIGEST", with: APIToken.digest("x")).replacing("OTHER", with: APIToken.digest("y"))
        try Data(text.utf8).write(to: URL(filePath: path))
        #expect {
            try TokenFile.read(path)
        } throws: { error in
            let told = (error as? StatusError)?.message ?? ""
            return told.contains(message) && told.hasPrefix(path)
        }
    }

    @Test func writersAtTheSameTimeLoseNothing() async throws {
        let path = path
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 {
                group.addTask {
                    try TokenFile.update(path) { (file) throws(StatusError) in
                        try file.add(
                            TokenEntry(name: try ClientName("c\(number)"), token: "t\(number)", scopes: [.query])
                        )
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try TokenFile.read(path).tokens.count == 20)
    }
}
