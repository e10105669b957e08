import ArgumentParser
import MoE2Client
import MoE2Core
import MoE2Transport
import MoE2Wire

/// `moe2 batches`: the client's batches at the gate.
struct BatchesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "batches",
        abstract: "Show your batches, or give one up."
    )

    @Option(
        name: .long,
        help: ArgumentHelp("Give this batch up; one that has ended is forgotten with its results.", valueName: "id")
    )
    var cancel: String?

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run() async throws {
        let (cancel, json) = (cancel, json)
        try await GateSession.run(connection) { caller in
            let batches: [BatchStatus]
            if let cancel {
                let request = BatchRequest(batch: try BatchID(cancel))
                batches = [try await caller.call(BatchMethods.cancel, request, timeout: .seconds(30))]
            } else {
                batches = try await caller.call(BatchMethods.list, BatchListRequest(), timeout: .seconds(10)).batches
            }
            if json {
                try StandardStreams.write(try JSONOutput.render(batches, pretty: true) + "\n")
            } else if batches.isEmpty {
                StandardStreams.note("no batches")
            } else {
                for batch in batches {
                    try StandardStreams.write(
                        "\(batch.id)  \(batch.state)  \(BatchProgressLine.render(batch, rate: nil))\n"
                    )
                    if !batch.detail.isEmpty { try StandardStreams.write("  \(batch.detail)\n") }
                }
            }
        }
    }
}
