import ArgumentParser
import MoE2Core
import MoE2Transport
import MoE2Wire

/// `moe2 drain`: takes a host out of service, or back in.
struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain",
        abstract: "Take a host out of service without losing a query, or back in.",
        discussion: "The host finishes its shards and takes no new ones. The command returns when it has finished them."
    )

    @Argument(help: "The host.")
    var host: String

    @Flag(name: .long, help: "Put the host back in service.")
    var undo = false

    @Option(name: .long, help: "Seconds to wait for the host's shards to end.")
    var wait: Int = 120

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run() async throws {
        let (name, undo, wait) = (host, undo, wait)
        try await GateSession.run(connection) { caller in
            let host = try HostID(name)
            let request = DrainRequest(host: host, drain: !undo)
            let deadline = ContinuousClock.now + .seconds(wait)
            while true {
                let reply = try await caller.call(FleetMethods.drain, request, timeout: .seconds(10))
                if undo {
                    try StandardStreams.write("\(host) is back in service\n")
                    return
                }
                if reply.activeShards == 0 {
                    try StandardStreams.write("\(host) is drained\n")
                    return
                }
                guard ContinuousClock.now < deadline else {
                    throw StatusError(
                        .deadlineExceeded,
                        "\(reply.activeShards) shards still run on '\(host)' after \(wait) s; wait longer with --wait"
                    )
                }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }
}
