/// A file that a client sent.
public struct ShelvedFile: Hashable, Sendable {
    /// Its name in the gate, such as `file-…`.
    public var id: String
    /// What the client called it.
    public var name: String
    /// What it is for; `batch`.
    public var purpose: String
    /// When it came, in Unix seconds.
    public var created: Double
    /// Its size.
    public var bytes: Int

    /// A file with these facts.
    public init(id: String, name: String, purpose: String, created: Double, bytes: Int) {
        self.id = id
        self.name = name
        self.purpose = purpose
        self.created = created
        self.bytes = bytes
    }
}
