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
        router.register(quick: AgentMethods.poll) { request, _, responder in
            park(request.session, request.expert, responder) { $0 }
        }
        router.register(quick: AgentMethods.chunks) { request, _, responder in
            do throws(StatusError) {
                try hub.chunks(session: request.session, shard: request.shard, chunks: request.chunks) {
                    responder.reply(ChunksReply(cancel: !$0))
                }
            } catch {
                responder.fail(error)
            }
        }
        router.register(quick: AgentMethods.finish) { request, _, responder in
            hub.finish(
                session: request.session,
                shard: request.shard,
                result: request.result,
                last: request.lastChunks
            )
            guard let expert = request.poll else { return responder.reply(FinishReply()) }
            park(request.session, expert, responder) { reply in
                guard case .start(let shard) = reply else { return FinishReply() }
                return FinishReply(start: shard)
            }
        }
        router.register(AgentMethods.leave) { request, _ in
            try hub.leave(session: request.session)
            return LeaveReply()
        }
    }

    /// Parks a poll, and answers the call that it came with when the poll is answered.
    private func park<Reply>(
        _ session: String,
        _ expert: ExpertID?,
        _ responder: Responder<Reply>,
        _ makeReply: @escaping @Sendable (PollReply) -> Reply
    ) {
        do throws(StatusError) {
            let ticket = try hub.poll(session: session, expert: expert) { responder.reply(makeReply($0)) }
            responder.onCancel { hub.giveUp(ticket) }
        } catch {
            responder.fail(error)
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
