import ArgumentParser
import MoE2Core

/// `moe2 version`: the versions of the tool and of the protocol it speaks.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Print the version and the protocol version."
    )

    func run() {
        print("moe2 \(Version.current) (protocol \(Version.wireProtocol))")
    }
}
