/// Names one parked poll of an agent. The shell keeps the continuation that belongs to it.
struct PollTicket: Hashable, Sendable {
    let number: UInt64
}
