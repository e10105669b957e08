import ArgumentParser
import FoundationEssentials
import MoE2Trust

/// `moe2 pki show`.
struct PKIShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show the certificates in a PEM file."
    )

    @Argument(help: ArgumentHelp("The file.", valueName: "path"))
    var file: String

    func run() async throws {
        try LocalWork.run {
            for facts in try CertificateFacts.read(file) {
                let names = facts.dns + facts.ip
                var text = "\(facts.identity.map(\.description) ?? "an authority, or none of the fleet's")\n"
                text += "  serial   \(facts.serial)\n"
                text += "  issuer   \(facts.issuer)\n"
                text += "  valid    \(facts.begins.formatted(.iso8601)) to \(facts.expires.formatted(.iso8601))\n"
                if !names.isEmpty { text += "  dialled  \(names.joined(separator: ", "))\n" }
                try StandardStreams.write(text)
            }
        }
    }
}
