public import Logging
public import MoE2Core
public import MoE2Wire

/// A ``Caller`` over NNG: dials the gate, reconnects, goes on to the next address when one is out of reach.
public final class NNGCaller: Caller {
    private let client: CallClient<NNGChannel>
    private let channel: NNGChannel

    /// A caller that dials the first of `addresses` at once.
    ///
    /// - Parameters:
    ///   - addresses: such as `tcp://gate.local:7700`; tried in turn.
    ///   - tls: needed for `tls://`.
    ///   - authorization: the API token that goes with every call.
    /// - Throws: `invalidArgument` for an address or a certificate that makes no sense.
    public init(
        addresses: [String],
        tls: ClientTLS? = nil,
        authorization: String? = nil,
        logger: Logger
    ) throws(StatusError) {
        var parsed: [GateAddress] = []
        for address in addresses { parsed.append(try GateAddress(address)) }
        channel = try NNGChannel(addresses: parsed, tls: tls, logger: logger)
        client = CallClient(channel: channel, authorization: authorization)
    }

    /// Dials with `tls` from now on; a connection that is there stays.
    /// - Throws: `invalidArgument` for a file that is no good; the caller then goes on as before.
    public func reload(_ tls: ClientTLS) throws(StatusError) { try channel.reload(tls) }

    /// Checks `addresses` without dialing.
    /// - Throws: `invalidArgument` for one that makes no sense, or that needs certificates which are not there.
    public static func check(addresses: [String], tls: ClientTLS?) throws(StatusError) {
        for address in addresses where try GateAddress(address).isSecure && tls == nil {
            throw StatusError(.invalidArgument, "\(address) needs TLS: give certificate, key and CA")
        }
    }

    public func call<Request, Reply>(
        _ method: UnaryMethod<Request, Reply>,
        _ request: Request,
        timeout: Duration
    ) async throws(StatusError) -> Reply {
        try await client.call(method, request, timeout: timeout)
    }

    public func stream<Request, Element>(
        _ method: StreamingMethod<Request, Element>,
        _ request: Request,
        timeout: Duration
    ) -> ReplyStream<Element> {
        client.stream(method, request, timeout: timeout)
    }

    public func close() async { await client.close() }
}
