import ArgumentParser

/// `moe2 pki`: the fleet's certificates.
struct PKICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pki",
        abstract: "Make, renew and revoke the certificates of the fleet, on a machine that you keep for it.",
        discussion: """
            The authority is a directory. It needs no network: keep it offline, and carry issued/ROLE/NAME/ to the host \
            of that name and revoked.pem to the gates. Running programs notice new files by themselves.
            """,
        subcommands: [
            PKIInitCommand.self, PKIIssueCommand.self, PKIRenewCommand.self, PKIRevokeCommand.self, PKIListCommand.self,
            PKIShowCommand.self,
        ]
    )
}
