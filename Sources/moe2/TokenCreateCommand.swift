import ArgumentParser
import FoundationEssentials
import MoE2Configuration
import MoE2Core
import MoE2Trust

/// `moe2 token create`.
struct TokenCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make a token and print it, once: it cannot be read from the file again."
    )

    @Option(name: .long, help: ArgumentHelp("The token file; it is made when it is not there.", valueName: "path"))
    var file: String

    @Option(name: .long, help: "The client's name in books, metrics and logs.")
    var name: String

    @Option(
        name: .long,
        help:
            "What the client may do: query (ask), plan (see the fleet and its plans), admin (drain hosts and the like)."
    )
    var scope: [String] = ["query"]

    @Option(name: .long, help: "The most energy that one query may cost, such as 20J.")
    var energyPerQuery: String?

    @Option(name: .long, help: "The most energy that all queries of a day (UTC) may cost, such as 100kJ.")
    var energyPerDay: String?

    @Option(name: .long, help: "The most queries in a minute.")
    var queriesPerMinute: Int?

    @Option(name: .long, help: ArgumentHelp("When the token ends, such as 90d from now.", valueName: "duration"))
    var expiresIn: String?

    @Option(name: .long, help: "The token to use instead of a random one; everybody on this machine can see it here.")
    var value: String?

    func run() async throws {
        try LocalWork.run {
            let token = value ?? APIToken.random()
            guard !token.isEmpty, token.utf8.count <= APIToken.maximumLength else {
                throw StatusError(.invalidArgument, "--value: give 1 to \(APIToken.maximumLength) bytes")
            }
            var entry = TokenEntry(name: try ClientName(name), token: token, scopes: try scopes())
            entry.energyPerQuery = try energy(energyPerQuery, "--energy-per-query")
            entry.energyPerDay = try energy(energyPerDay, "--energy-per-day")
            if let queriesPerMinute, queriesPerMinute < 1 {
                throw StatusError(.invalidArgument, "--queries-per-minute: \(queriesPerMinute); give 1 or more")
            }
            entry.queriesPerMinute = queriesPerMinute
            entry.created = Date()
            entry.expires = try expiresIn.map { Date().addingTimeInterval(try HumanUnits.duration($0).seconds) }
            try TokenFile.update(file) { (file) throws(StatusError) in try file.add(entry) }
            if token.utf8.count < APIToken.safeLength {
                StandardStreams.note("note: so short a token can be guessed: use it on this machine only")
            }
            try StandardStreams.write(token + "\n")
        }
    }

    private func scopes() throws(StatusError) -> Set<ClientScope> {
        var scopes: Set<ClientScope> = []
        for name in scope {
            guard let scope = ClientScope(rawValue: name) else {
                let known = ClientScope.allCases.map(\.rawValue).joined(separator: ", ")
                throw StatusError(.invalidArgument, "--scope: '\(name)' is not known; give one or more of \(known)")
            }
            scopes.insert(scope)
        }
        return scopes
    }

    private func energy(_ text: String?, _ option: String) throws -> Energy? {
        guard let text else { return nil }
        let energy = try HumanUnits.energy(text)
        guard energy > .zero else { throw StatusError(.invalidArgument, "\(option): '\(text)'; give more than 0 J") }
        return energy
    }
}
