/// How envelopes lie on a connection: a preface each way, then frames. Numbers are big-endian.
///
/// A preface is `MoE2` and the protocol's version (`UInt32`). A frame is the length of its body (`UInt32`), the number of its
/// exchange (`UInt64`), which the caller chooses and the reply repeats, and the body: an envelope. A frame of exchange 0
/// has no body; it is a sign of life.
enum Frame {
    /// What a connection begins with, before the version.
    static let magic = Array("MoE2".utf8)
    static let prefaceBytes = 8
    static let headerBytes = 12
    /// The exchange that stands for none.
    static let noExchange: UInt64 = 0
}
