public import MoE2Core

/// What the journal does not know of a batch that was ordered through a file.
public struct ShelvedBatch: Hashable, Sendable {
    /// The batch in the journal.
    public var id: BatchID
    /// The file with its lines.
    public var file: String
    /// What its lines ask, such as `/v1/chat/completions`.
    public var endpoint: String
    /// How long it may take, as the client wrote it.
    public var window: String
    /// The client's notes, a JSON object.
    public var metadata: String
    /// When it was ordered, in Unix seconds.
    public var created: Double

    /// A batch with these facts.
    public init(id: BatchID, file: String, endpoint: String, window: String, metadata: String, created: Double) {
        self.id = id
        self.file = file
        self.endpoint = endpoint
        self.window = window
        self.metadata = metadata
        self.created = created
    }
}
