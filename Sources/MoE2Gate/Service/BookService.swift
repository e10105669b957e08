import MoE2Core
import MoE2Store
import MoE2Transport
import MoE2Wire

/// What clients ask of the books.
struct BookService: Sendable {
    /// nil when the gate keeps none.
    let books: Books?
    let authorizer: any ClientAuthorizer
    /// The wall clock, in Unix seconds.
    let unixTime: @Sendable () -> Double

    func register(on router: Router) {
        router.register(BookMethods.energy) { request, context in
            _ = try authorizer.client(token: context.authorization, scope: .plan)
            guard let books else {
                throw StatusError(
                    .failedPrecondition,
                    "this gate keeps no books; set 'store' in its configuration to the path of a file"
                )
            }
            let since = request.age.map { unixTime() - $0.seconds } ?? 0
            let rows = try await books.energy(by: request.grouping, since: since)
            return EnergyReply(rows: Array(rows.prefix(WireLimits.energyRows)))
        }
    }
}
