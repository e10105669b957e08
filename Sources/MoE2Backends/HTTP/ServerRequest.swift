import NIOCore
import NIOHTTP1

/// A request to a model server, as it goes out.
struct ServerRequest: Sendable {
    var head: HTTPRequestHead
    var body: ByteBuffer?
}
