/// What a client that reads a batch's results gets.
public enum BatchEvent: Hashable, Sendable {
    /// The result of the next line.
    case result(BatchResult)
    /// How far the batch is; comes every second or so.
    case progress(BatchStatus)
}
