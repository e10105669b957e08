import ArgumentParser

/// `moe2 token`: the clients of a fleet.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Make, list and revoke the API tokens of clients.",
        discussion: """
            A token file holds the SHA-256 of every token, never the token itself. The gate reads it (tokens_file in its \
            configuration) and notices changes within seconds, without a restart.
            """,
        subcommands: [TokenCreateCommand.self, TokenListCommand.self, TokenRevokeCommand.self]
    )
}
