import ArgumentParser
import MoE2Trust

/// `moe2 pki init`.
struct PKIInitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "init", abstract: "Make the fleet's authority.")

    @OptionGroup var authority: AuthorityOptions

    func run() async throws {
        try LocalWork.run {
            let made = try Authority.create(in: authority.dir)
            try StandardStreams.write(
                "'\(made.directory)' is the fleet's authority: whoever has the *.key files in it owns the fleet\n"
            )
        }
    }
}
