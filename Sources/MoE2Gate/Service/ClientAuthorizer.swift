public import MoE2Core

/// What a client may do.
public enum ClientScope: String, Hashable, Sendable, CaseIterable {
    /// Ask queries.
    case query
    /// See the fleet and its plans.
    case plan
    /// Drain hosts and the like.
    case admin
}

/// Decides who a client is and what it may do.
public protocol ClientAuthorizer: Sendable {
    /// The client that presents `token`.
    /// - Throws: `unauthenticated` when nobody has such a token, `permissionDenied` when its scopes do not allow `scope`.
    func client(token: String?, scope: ClientScope) throws(StatusError) -> ClientIdentity
}
