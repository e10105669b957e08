import MoE2Core
import MoE2Transport
import MoE2Wire

/// What clients call: queries, the fleet, plans.
struct ClientService: Sendable {
    let engine: QueryEngine
    let hub: FleetHub
    let view: FleetView
    let planner: PlannerLoop
    let authorizer: any ClientAuthorizer

    func register(on router: Router) {
        router.register(QueryMethods.ask) { query, context, writer in
            let client = try authorizer.client(token: context.authorization, scope: .query)
            try await engine.answer(query, client: client) { event in
                switch event {
                case .done: try await writer.write(event, isLast: true)
                case .decided, .text: if query.isStreamed { try await writer.write(event) }
                }
            }
        }
        router.register(FleetMethods.snapshot) { _, context in
            _ = try authorizer.client(token: context.authorization, scope: .plan)
            return view.snapshot()
        }
        router.register(FleetMethods.drain) { request, context in
            _ = try authorizer.client(token: context.authorization, scope: .admin)
            return DrainReply(activeShards: try hub.drain(request.host, request.drain))
        }
        router.register(FleetMethods.plan) { request, context in
            _ = try authorizer.client(token: context.authorization, scope: .plan)
            return try await planner.explain(request)
        }
    }
}
