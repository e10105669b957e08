import CMoE2Protos
public import MoE2Core

/// `Batches/Results`: the results of a batch in the order of its lines, as they come.
public struct BatchResultsRequest: Equatable, WireMessage {
    /// The batch.
    public var batch: BatchID
    /// The first line wanted, counted from 0.
    public var first: Int

    /// A message with these fields.
    public init(batch: BatchID, first: Int) {
        self.batch = batch
        self.first = first
    }
}

extension BatchResultsRequest: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__BatchResultsRequest>) -> Void {
        { moe2__v1__batch_results_request__init($0) }
    }

    init(_ c: borrowing Moe2__V1__BatchResultsRequest) throws(WireError) {
        self.init(batch: try Field.identifier(c.batch, "batch"), first: Field.count(c.first))
    }

    func fill(_ c: inout Moe2__V1__BatchResultsRequest, _ arena: Arena) {
        c.batch = arena.string(batch.rawValue)
        c.first = UInt32(clamping: first)
    }
}
