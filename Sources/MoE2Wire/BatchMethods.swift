public import MoE2Core

/// What a client calls to have many queries answered as one piece of work.
public enum BatchMethods {
    public static let create = UnaryMethod<BatchOrder, BatchStatus>(name: "moe2.v1.Batches/Create")
    public static let append = UnaryMethod<BatchAppendRequest, BatchStatus>(name: "moe2.v1.Batches/Append")
    public static let status = UnaryMethod<BatchRequest, BatchStatus>(name: "moe2.v1.Batches/Status")
    public static let cancel = UnaryMethod<BatchRequest, BatchStatus>(name: "moe2.v1.Batches/Cancel")
    public static let list = UnaryMethod<BatchListRequest, BatchListReply>(name: "moe2.v1.Batches/List")
    public static let results = StreamingMethod<BatchResultsRequest, BatchEvent>(name: "moe2.v1.Batches/Results")
}
