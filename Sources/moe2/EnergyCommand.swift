import ArgumentParser
import MoE2Client
import MoE2Configuration
import MoE2Core
import MoE2Transport
import MoE2Wire

/// `moe2 energy`: the books of energy.
struct EnergyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "energy",
        abstract: "Show what was spent, added up by host, expert, client or day.",
        discussion: """
            Energy is what shards took above the idle power of their hosts. `measured` is the part that was read from a
            meter; the rest is modelled. `p90 time` and `p90 energy` are the shares of shards that stayed within the
            predicted ninetieth percentile (90 % is right), `error` is the sum of what the predictions of single shards were
            off, as a share of the energy used.

              moe2 energy
              moe2 energy --by client --since 24h
            """
    )

    @Option(name: .long, help: "What to add up by: host, expert, client or day.")
    var by = "host"

    @Option(
        name: .long,
        help: ArgumentHelp("How far back, such as 24h or 7d, to the hour. Default: everything.", valueName: "duration")
    )
    var since: String?

    @Flag(name: .long, help: "Print one JSON object.")
    var json = false

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run() async throws {
        let (by, since, json) = (by, since, json)
        try await GateSession.run(connection) { caller in
            guard let grouping = EnergyGrouping(name: by) else {
                throw StatusError(.invalidArgument, "--by: '\(by)' is unknown; use host, expert, client or day")
            }
            let request = EnergyRequest(grouping: grouping, age: try age(since))
            let reply = try await caller.call(BookMethods.energy, request, timeout: .seconds(30))
            let text =
                json
                ? try JSONOutput.render(EnergyJSON(reply.rows, by: grouping))
                : EnergyReport.render(reply.rows, by: grouping)
            try StandardStreams.write(text + "\n")
        }
    }
}

private func age(_ text: String?) throws(StatusError) -> Duration? {
    guard let text else { return nil }
    do throws(ConfigurationError) {
        return try HumanUnits.duration(text)
    } catch {
        throw StatusError(.invalidArgument, "--since: \(error.message)")
    }
}
