import Logging
import MoE2Core
import MoE2Transport

/// Asks a gate over the client protocol, as many clients at a time as it is told, and says how that went in a line of JSON.
///
///     gate-bench tcp://127.0.0.1:7700 TOKEN CLIENTS SECONDS [stream]
@main struct Main {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 5, let clients = Int(arguments[3]), let seconds = Double(arguments[4]), clients > 0
        else {
            print("usage: gate-bench ADDRESS TOKEN CLIENTS SECONDS [stream]")
            return
        }
        var logger = Logger(label: "gate-bench")
        logger.logLevel = .error
        let load = Load(
            caller: try NNGCaller(addresses: [arguments[1]], authorization: arguments[2], logger: logger),
            isStreamed: arguments.dropFirst(5).first == "stream"
        )
        let times = await load.run(clients: clients, until: .now + .milliseconds(clamping: seconds * 1e3))
        print(Summary(times.done, failed: times.failed, seconds: seconds).json)
    }
}
