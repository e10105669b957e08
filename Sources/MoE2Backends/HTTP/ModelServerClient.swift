import AsyncHTTPClient
import NIOCore
import NIOPosix

/// The process's HTTP client for model servers. It lives as long as the process, on one thread: model servers are few, and
/// memory counts on an edge host.
enum ModelServerClient {
    /// How long a server may take to accept a connection.
    static let connectTimeout = TimeAmount.seconds(5)
    /// How long a connection is kept for the next request: less than servers keep it, uvicorn's 5 s for instance.
    static let idleTimeout = TimeAmount.seconds(4)

    static let shared: HTTPClient = {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: connectTimeout)
        )
        configuration.httpVersion = .http1Only
        // A refused connection is news for the caller, who knows better when to try again.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.connectionPool.idleTimeout = idleTimeout
        return HTTPClient(
            eventLoopGroup: MultiThreadedEventLoopGroup(numberOfThreads: 1),
            configuration: configuration
        )
    }()
}
