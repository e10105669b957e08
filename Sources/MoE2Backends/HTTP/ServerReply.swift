import NIOCore
import NIOHTTP1

/// What has come of a reply since it was last asked for.
struct ServerReply: Sendable {
    /// The status, from the time it has come.
    var status: HTTPResponseStatus?
    /// The next bytes of the body; may be empty.
    var body = ByteBuffer()
    /// Whether nothing more comes.
    var isComplete = false
}
