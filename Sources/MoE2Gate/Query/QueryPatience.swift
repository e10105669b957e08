/// How long an answer may take when the query itself does not say.
enum QueryPatience: Sendable {
    /// A person waits: the category's limit holds.
    case interactive
    /// A line of a batch: only the batch's own limits and the gate's longest answer hold.
    case batch
}
