/// The gate does not know the session any more: the agent has to say hello again.
struct SessionLost: Error {
    /// What the gate said.
    var reason: String
}
