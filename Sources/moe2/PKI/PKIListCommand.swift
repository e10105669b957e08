import ArgumentParser
import FoundationEssentials
import MoE2Client
import MoE2Trust

/// `moe2 pki list`.
struct PKIListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show every certificate that has not ended."
    )

    @OptionGroup var authority: AuthorityOptions

    func run() async throws {
        try LocalWork.run {
            var table = TextTable(["role", "name", "expires", "state", "serial"])
            let now = Date()
            for certificate in try Authority(in: authority.dir).certificates() {
                table.add([
                    certificate.identity.role.rawValue,
                    certificate.identity.name,
                    certificate.expires.formatted(.iso8601),
                    certificate.revoked != nil ? "revoked" : certificate.expires < now ? "ended" : "valid",
                    certificate.serial,
                ])
            }
            try StandardStreams.write(table.rendered() + "\n")
        }
    }
}
