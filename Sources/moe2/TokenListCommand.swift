import ArgumentParser
import FoundationEssentials
import MoE2Client
import MoE2Core
import MoE2Trust

/// `moe2 token list`.
struct TokenListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show every client with its scopes and budgets."
    )

    @Option(name: .long, help: ArgumentHelp("The token file.", valueName: "path"))
    var file: String

    func run() async throws {
        try LocalWork.run {
            let tokens = try TokenFile.read(file).tokens
            var table = TextTable(
                ["client", "scopes", "J/query", "J/day", "queries/min", "expires"],
                rightAligned: [2, 3, 4]
            )
            for token in tokens {
                table.add([
                    token.name.rawValue,
                    token.scopes.map(\.rawValue).sorted().joined(separator: ","),
                    token.energyPerQuery.map { "\($0.joules)" } ?? "-",
                    token.energyPerDay.map { "\($0.joules)" } ?? "-",
                    token.queriesPerMinute.map(String.init) ?? "-",
                    token.expires.map { $0.formatted(.iso8601) } ?? "never",
                ])
            }
            try StandardStreams.write(table.rendered() + "\n")
        }
    }
}
