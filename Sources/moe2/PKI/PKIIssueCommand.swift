import ArgumentParser
import FoundationEssentials
import MoE2Trust

/// `moe2 pki issue`.
struct PKIIssueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issue",
        abstract: "Make a certificate, its key and the list of authorities to trust, in issued/ROLE/NAME/."
    )

    @OptionGroup var authority: AuthorityOptions
    @OptionGroup var holder: HolderOptions
    @OptionGroup var validity: ValidityOptions

    @Option(
        name: .long,
        help: ArgumentHelp("For a gate: a DNS name that others dial. May be repeated.", valueName: "name")
    )
    var dns: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp("For a gate: an address that others dial. May be repeated.", valueName: "address")
    )
    var ip: [String] = []

    func run() async throws {
        try LocalWork.run {
            let identity = try holder.identity()
            let place = try Authority(in: authority.dir)
            let made = try place.issue(identity, dns: dns, ip: ip, validity: try validity.validity())
            try StandardStreams.write(
                "\(place.folder(of: identity)): \(identity), valid until \(made.expires.formatted(.iso8601))\n"
            )
        }
    }
}
