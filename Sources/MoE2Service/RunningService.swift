public import MoE2Configuration
public import ServiceLifecycle

/// What a program runs, and how a changed configuration reaches it.
public struct RunningService<Configuration: ServiceConfiguration>: Sendable {
    /// In the order in which they start; they shut down in the opposite order.
    let services: [any Service]
    /// Puts a changed configuration in force, as far as that needs no restart.
    let reload: @Sendable (Configuration) async -> Void

    /// Services that run together, and how a changed configuration reaches them.
    public init(_ services: [any Service], reload: @escaping @Sendable (Configuration) async -> Void) {
        self.services = services
        self.reload = reload
    }
}
