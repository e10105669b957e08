import CNNG
import MoE2Core

/// Dials a gate.
enum Dialing {
    /// A stream that nobody else has.
    struct Stream: @unchecked Sendable { let pointer: OpaquePointer }

    /// A stream to `address`, which is connected but not known to lead to a gate, within `limit`.
    static func stream(
        to address: GateAddress,
        _ tls: ClientTLS?,
        within limit: Duration
    ) async throws(StatusError) -> Stream {
        var made: OpaquePointer?
        let result = nng_stream_dialer_alloc(&made, address.streamURL)
        guard result == 0, let dialer = made else {
            throw StatusError(.invalidArgument, "cannot dial \(address.url): \(NNGFailure(code: result).text)")
        }
        defer { nng_stream_dialer_free(dialer) }
        if address.isSecure {
            let configuration = try Self.configuration(for: address, tls)
            nng_stream_dialer_set_ptr(dialer, NNG_OPT_TLS_CONFIG, UnsafeMutableRawPointer(configuration.pointer))
        }
        return try await dial(dialer, within: limit)
    }

    /// What a connection to `address` is secured with.
    /// - Throws: `invalidArgument` when there is nothing, or a file is no good.
    static func configuration(for address: GateAddress, _ tls: ClientTLS?) throws(StatusError) -> TLSConfiguration {
        guard let tls else {
            throw StatusError(
                .invalidArgument,
                "\(address.url) needs TLS: give the fleet's CA certificate, and the certificate and key to show"
            )
        }
        return try TLSConfiguration(tls, host: address.host)
    }

    private static func dial(_ dialer: OpaquePointer, within limit: Duration) async throws(StatusError) -> Stream {
        let done = OneShot<Void>()
        let pointer = Unmanaged.passRetained(done)
        defer { pointer.release() }
        var operation: OpaquePointer?
        let made = nng_aio_alloc(
            &operation,
            { if let pointer = $0 { Unmanaged<OneShot<Void>>.fromOpaque(pointer).takeUnretainedValue().fulfil(()) } },
            pointer.toOpaque()
        )
        guard made == 0 else { throw StatusError(.unavailable, "there is no memory to dial") }
        defer { nng_aio_free(operation) }
        nng_aio_set_timeout(operation, nng_duration(limit.milliseconds))
        nng_stream_dialer_dial(dialer, operation)
        await done.value()
        let result = nng_aio_result(operation)
        guard result == 0, let stream = nng_aio_get_output(operation, 0) else {
            throw StatusError(.unavailable, NNGFailure(code: result).text)
        }
        return Stream(pointer: OpaquePointer(stream))
    }
}
