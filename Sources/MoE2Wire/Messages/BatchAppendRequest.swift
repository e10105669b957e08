import CMoE2Protos
public import MoE2Core

/// `Batches/Append`: the queries of consecutive lines. Lines that are there already are skipped.
public struct BatchAppendRequest: Equatable, WireMessage {
    /// The batch.
    public var batch: BatchID
    /// The line of the first query, counted from 0.
    public var first: Int
    /// The queries.
    public var queries: [Query]

    /// A message with these fields.
    public init(batch: BatchID, first: Int, queries: [Query]) {
        self.batch = batch
        self.first = first
        self.queries = queries
    }
}

extension BatchAppendRequest: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__BatchAppendRequest>) -> Void {
        { moe2__v1__batch_append_request__init($0) }
    }

    init(_ c: borrowing Moe2__V1__BatchAppendRequest) throws(WireError) {
        self.init(
            batch: try Field.identifier(c.batch, "batch"),
            first: Field.count(c.first),
            queries: try Field.list(c.n_queries, c.queries, "queries", limit: WireLimits.queries)
        )
    }

    func fill(_ c: inout Moe2__V1__BatchAppendRequest, _ arena: Arena) {
        c.batch = arena.string(batch.rawValue)
        c.first = UInt32(clamping: first)
        (c.n_queries, c.queries) = arena.list(queries)
    }
}
