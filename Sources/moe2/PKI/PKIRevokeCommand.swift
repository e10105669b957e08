import ArgumentParser
import MoE2Trust

/// `moe2 pki revoke`.
struct PKIRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Revoke every certificate of a host, gate or client, and write revoked.pem anew."
    )

    @OptionGroup var authority: AuthorityOptions
    @OptionGroup var holder: HolderOptions

    func run() async throws {
        try LocalWork.run {
            let identity = try holder.identity()
            let place = try Authority(in: authority.dir)
            let count = try place.revoke(identity)
            try StandardStreams.write(
                "\(identity): \(count) certificate\(count == 1 ? "" : "s") revoked; copy \(place.revocationsFile) to the gates\n"
            )
        }
    }
}
