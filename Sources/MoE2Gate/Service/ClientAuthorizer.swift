public import MoE2Core

/// Decides who a client is and what it may do.
public protocol ClientAuthorizer: Sendable {
    /// The client that presents `token`.
    /// - Throws: `unauthenticated` when nobody has such a token, `permissionDenied` when its scopes do not allow `scope`.
    func client(token: String?, scope: ClientScope) throws(StatusError) -> ClientIdentity
}
