import Hummingbird
import MoE2Gate

/// What is known of a request while it is being answered.
struct DoorContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection it came over; nil in tests without a network.
    var connection: Connection?
    /// Who asks; set by ``Authentication``.
    var client: ClientIdentity?

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        connection = ConnectionRegistry.shared.connection(of: source.channel)
    }
}
