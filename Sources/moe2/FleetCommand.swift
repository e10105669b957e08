import ArgumentParser
import MoE2Client
import MoE2Core
import MoE2Transport
import MoE2Wire

/// `moe2 fleet`: the hosts, their experts and the plans.
struct FleetCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fleet",
        abstract: "Show the hosts, their experts, their load and the plans in force."
    )

    @Flag(name: .long, help: "Show it again every second until Ctrl-C.")
    var watch = false

    @Flag(name: .long, help: "Print JSON; with --watch one object a line.")
    var json = false

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run() async throws {
        let (watch, json) = (watch, json)
        try await GateSession.run(connection) { caller in
            while true {
                let fleet = try await caller.call(FleetMethods.snapshot, FleetRequest(), timeout: .seconds(10))
                let text = json ? try JSONOutput.render(FleetJSON(fleet), pretty: !watch) : FleetReport.render(fleet)
                let clear = watch && !json && StandardStreams.outputIsTerminal ? "\u{1B}[H\u{1B}[2J" : ""
                try StandardStreams.write(clear + text + "\n")
                guard watch else { return }
                try await Task.sleep(for: .seconds(1))
            }
        }
    }
}
