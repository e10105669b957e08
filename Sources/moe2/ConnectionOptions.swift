import ArgumentParser
import Logging
import MoE2Client
import MoE2Core
import MoE2Transport

/// Where the gate is and how to prove who asks; shared by all commands that talk to a gate.
struct ConnectionOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The gate's address, such as tcp://gate.local:7700. May be given several times; the first that answers is used.",
            discussion: "Default: $MOE2_GATE, then the client configuration, then tcp://127.0.0.1:7700.",
            valueName: "url"
        )
    )
    var gate: [String] = []

    @Option(name: .long, help: "The API token. Default: $MOE2_TOKEN, then the client configuration.")
    var token: String?

    @Option(name: .long, help: ArgumentHelp("A file that holds the API token.", valueName: "file"))
    var tokenFile: String?

    @Option(name: .long, help: ArgumentHelp("The fleet's CA certificate (PEM), for tls://.", valueName: "file"))
    var ca: String?

    @Option(name: .long, help: ArgumentHelp("The client's certificate (PEM), for tls://.", valueName: "file"))
    var cert: String?

    @Option(name: .long, help: ArgumentHelp("The client's private key (PEM), for tls://.", valueName: "file"))
    var key: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The client configuration. Default: ~/.config/moe2/client.yaml.", valueName: "file")
    )
    var clientConfig: String?

    @Flag(name: .long, help: "Log what the connection does, on standard error.")
    var verbose = false
}
