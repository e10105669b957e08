import Logging
import MoE2Core
import MoE2Transport
import MoE2Wire

/// What agents call: sessions, polls and shard output.
struct AgentService: Sendable {
    let hub: FleetHub
    let settings: SessionSettings
    let identity: any AgentAuthenticator
    let makeSessionID: @Sendable () -> String
    let logger: Logger

    func register(on router: Router) {
        router.register(AgentMethods.challenge) { _, context in
            ChallengeReply(challenge: identity.makeChallenge(for: context.peer))
        }
        router.register(AgentMethods.hello) { request, context in
            try hello(request, context)
        }
        router.register(AgentMethods.report) { request, _ in
            ReportReply(drain: try hub.report(session: request.session, report: request.report))
        }
        router.register(AgentMethods.poll) { request, _ in
            try await hub.poll(session: request.session, expert: request.expert)
        }
        router.register(AgentMethods.chunks) { request, _ in
            ChunksReply(
                cancel: try await !hub.chunks(session: request.session, shard: request.shard, chunks: request.chunks)
            )
        }
        router.register(AgentMethods.finish) { request, _ in
            hub.finish(session: request.session, shard: request.shard, result: request.result)
            return FinishReply()
        }
        router.register(AgentMethods.leave) { request, _ in
            try hub.leave(session: request.session)
            return LeaveReply()
        }
    }

    private func hello(_ request: HelloRequest, _ context: CallContext) throws(StatusError) -> HelloReply {
        do {
            try identity.check(request, from: context.peer)
        } catch {
            logger.warning(
                "agent refused",
                metadata: ["host": "\(request.host.id)", "peer": "\(context.peer)", "why": "\(error.message)"]
            )
            throw error
        }
        let session = makeSessionID()
        try hub.join(session: session, host: request.host, experts: request.experts, report: request.report)
        return HelloReply(
            session: session,
            reportInterval: settings.reportInterval,
            pollHold: settings.pollHold,
            sessionTimeout: settings.timeout,
            gateVersion: Version.current
        )
    }
}
