/// The bounds of every message; `docs/PROTOCOL.md` lists them. They are checked before anything is believed.
public enum WireLimits {
    /// An envelope with everything in it, in bytes.
    public static let envelopeBytes = 4 << 20
    /// Memory that unpacking a message may take per byte of it: protobuf-c alone would allow 64.
    static let unpackedBytesPerByte = 8
    /// Memory that unpacking may take besides: a list of 256 tiny messages, which is allowed, takes 34 KiB.
    static let unpackedBytesBase = 64 << 10
    /// Messages in an envelope.
    public static let messagesPerEnvelope = 256
    /// Free text for people, such as an error message.
    static let noteBytes = 4096
    /// A prompt, an answer or a piece of one.
    static let textBytes = 1 << 20
    /// JSON that is passed through.
    static let jsonBytes = 1 << 18
    /// A token or a session's name.
    static let secretBytes = 512
    /// A method's name.
    static let methodBytes = 128
    /// Certificates, signatures and challenges.
    static let proofBytes = 16 << 10
    static let messages = 256
    static let choices = 64
    static let stops = 16
    static let experts = 64
    static let fleetExperts = 16_384
    static let hosts = 4096
    static let plans = 1024
    static let chunks = 256
    static let team = 64
    static let frontier = 1024
    /// Lines of the energy books.
    public static let energyRows = 8192
    static let embedding = 65_536
    /// Queries in one part of a batch.
    public static let queries = 256
    static let batches = 256
}
