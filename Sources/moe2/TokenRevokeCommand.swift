import ArgumentParser
import MoE2Core
import MoE2Trust

/// `moe2 token revoke`.
struct TokenRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke",
        abstract: "Remove a client's token; the gate refuses it within seconds."
    )

    @Option(name: .long, help: ArgumentHelp("The token file.", valueName: "path"))
    var file: String

    @Option(name: .long, help: "The client.")
    var name: String

    func run() async throws {
        try LocalWork.run {
            guard SafeFile.exists(file) else { throw StatusError(.notFound, "there is no token file '\(file)'") }
            let client = try ClientName(name)
            try TokenFile.update(file) { (file) throws(StatusError) in try file.remove(client) }
            try StandardStreams.write("'\(client)' is revoked\n")
        }
    }
}
