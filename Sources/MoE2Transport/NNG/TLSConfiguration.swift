import CNNG
import Glibc
import MoE2Core

/// Owns an `nng_tls_config`.
final class TLSConfiguration {
    /// The configuration; NNG keeps a reference of its own once an endpoint was given it.
    let pointer: OpaquePointer

    /// For a listener.
    convenience init(_ tls: ServerTLS) throws(StatusError) {
        try self.init(mode: NNG_TLS_MODE_SERVER)
        try TLSConfiguration.check(
            nng_tls_config_own_cert(
                pointer,
                try TLSConfiguration.read(tls.certificateFile),
                try TLSConfiguration.read(tls.keyFile),
                nil
            ),
            "the certificate '\(tls.certificateFile)' and the key '\(tls.keyFile)' are not a valid pair of PEM files"
        )
        try trust(tls.clientCAFile, revoked: tls.revokedFile)
        try TLSConfiguration.check(
            nng_tls_config_auth_mode(
                pointer,
                tls.requireClientCertificate ? NNG_TLS_AUTH_MODE_REQUIRED : NNG_TLS_AUTH_MODE_OPTIONAL
            ),
            "TLS authentication cannot be set"
        )
    }

    /// For a dialer to `host`.
    convenience init(_ tls: ClientTLS, host: String) throws(StatusError) {
        try self.init(mode: NNG_TLS_MODE_CLIENT)
        try trust(tls.caFile, revoked: tls.revokedFile)
        if let certificate = tls.certificateFile, let key = tls.keyFile {
            try TLSConfiguration.check(
                nng_tls_config_own_cert(
                    pointer,
                    try TLSConfiguration.read(certificate),
                    try TLSConfiguration.read(key),
                    nil
                ),
                "the certificate '\(certificate)' and the key '\(key)' are not a valid pair of PEM files"
            )
        }
        try TLSConfiguration.check(
            nng_tls_config_server_name(pointer, tls.serverName ?? host),
            "the server name cannot be set"
        )
        try TLSConfiguration.check(
            nng_tls_config_auth_mode(pointer, NNG_TLS_AUTH_MODE_REQUIRED),
            "TLS authentication cannot be set"
        )
    }

    private init(mode: nng_tls_mode) throws(StatusError) {
        var made: OpaquePointer?
        guard nng_tls_config_alloc(&made, mode) == 0, let made else {
            throw StatusError(.unimplemented, "this NNG library was built without TLS; install one with it")
        }
        pointer = made
    }

    private func trust(_ authorities: String, revoked: String?) throws(StatusError) {
        let text = try TLSConfiguration.read(authorities)
        try TLSConfiguration.check(
            nng_tls_config_ca_chain(pointer, text, nil),
            "'\(authorities)' is no valid PEM file of a certificate authority"
        )
        guard let revoked else { return }
        try TLSConfiguration.check(
            nng_tls_config_ca_chain(pointer, text, try TLSConfiguration.read(revoked)),
            "'\(revoked)' is no valid PEM file of revocation lists"
        )
    }

    deinit { nng_tls_config_free(pointer) }

    private static func check(_ result: Int32, _ message: String) throws(StatusError) {
        guard result == 0 else { throw StatusError(.invalidArgument, message) }
    }

    /// A PEM file's text; at most 1 MiB.
    private static func read(_ path: String) throws(StatusError) -> String {
        guard let file = fopen(path, "r") else {
            throw StatusError(.notFound, "cannot read '\(path)': \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
