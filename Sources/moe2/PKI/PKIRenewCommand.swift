import ArgumentParser
import FoundationEssentials
import MoE2Configuration
import MoE2Trust

/// `moe2 pki renew`.
struct PKIRenewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "renew",
        abstract:
            "Make a new certificate and key with the names of the one before, which goes on to count until it ends."
    )

    @OptionGroup var authority: AuthorityOptions
    @OptionGroup var holder: HolderOptions
    @OptionGroup var validity: ValidityOptions

    @Option(
        name: .long,
        help: ArgumentHelp("Only when the certificate ends within this time; else leave it.", valueName: "duration")
    )
    var within: String?

    func run() async throws {
        try LocalWork.run {
            let identity = try holder.identity()
            let place = try Authority(in: authority.dir)
            let made = try place.renew(
                identity,
                within: try within.map(HumanUnits.duration),
                validity: try validity.validity()
            )
            let end = made.map { "renewed, valid until \($0.expires.formatted(.iso8601))" } ?? "unchanged, lasts longer"
            try StandardStreams.write("\(place.folder(of: identity)): \(identity) \(end)\n")
        }
    }
}
