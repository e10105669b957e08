import Hummingbird
import Logging

/// The HTTP library of the gate by itself: reads a request's body and answers with a fixed one. What it takes of a CPU is
/// the least that a gate over this library can take.
///
///     hummingbird-bench PORT ANSWER
@main struct Main {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let port = Int(arguments[1]) else {
            print("usage: hummingbird-bench PORT ANSWER")
            return
        }
        let answer = ByteBuffer(string: arguments[2])
        let router = Router()
        router.post("/v1/chat/completions") { request, _ in
            _ = try await request.body.collect(upTo: 1 << 20)
            return Response(status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: answer))
        }
        var logger = Logger(label: "hummingbird-bench")
        logger.logLevel = .warning
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: port)),
            logger: logger
        )
        try await application.runService()
    }
}
