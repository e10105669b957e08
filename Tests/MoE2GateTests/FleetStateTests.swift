import MoE2Core
import MoE2Testing
import MoE2Wire
import Testing

@testable import MoE2Gate

@Suite struct FleetStateTests {
    private let expert = ExpertID(rawValue: "arith-1")!
    private let host = HostID(rawValue: "orin-1")!

    private func report(_ sequence: UInt64 = 1, state: ExpertCapacity.State = .ready) -> CapacityReport {
        CapacityReport(sequence: sequence, experts: [ExpertCapacity(expert: expert, state: state)])
    }

    private func joined(_ fleet: inout FleetState, session: String = "s1", now: Duration = .zero) throws
        -> [FleetAction]
    {
        try fleet.join(
            session: session,
            host: Host(id: host),
            experts: [Expert(id: expert, model: "m", backend: "openai")],
            report: report(),
            now: now
        )
    }

    private func order(_ name: String, at time: Duration = .zero, timeLeft: Duration = .seconds(10)) -> ShardOrder {
        ShardOrder(
            shard: Shard(
                id: ShardID(rawValue: name)!,
                expert: expert,
                task: .generate,
                messages: [],
                timeLeft: timeLeft
            ),
            client: "c",
            priority: 0,
            submitted: time
        )
    }

    private func started(_ actions: [FleetAction]) -> [String] {
        actions.compactMap { action in
            guard case .answerPoll(_, .start(let shard)) = action else { return nil }
            return shard.id.rawValue
        }
    }

    private func failed(_ actions: [FleetAction]) -> [String: StatusCode] {
        var failed: [String: StatusCode] = [:]
        for case .failShard(let id, let error) in actions { failed[id.rawValue] = error.code }
        return failed
    }

    @Test func aParkedPollIsACreditForOneShard() throws {
        var fleet = FleetState()
        _ = try joined(&fleet)
        #expect(try started(fleet.submit(order("a"), now: .zero)).isEmpty)
        #expect(
            try started(fleet.poll(session: "s1", expert: expert, ticket: PollTicket(number: 1), now: .zero)) == ["a"]
        )
        #expect(try started(fleet.submit(order("b"), now: .zero)).isEmpty)
        _ = try fleet.poll(session: "s1", expert: expert, ticket: PollTicket(number: 2), now: .zero)
        #expect(fleet.load(of: expert)?.running == 2)
    }

    @Test func theTimeLeftShrinksWhileAShardWaits() throws {
        var fleet = FleetState()
        _ = try joined(&fleet)
        _ = try fleet.submit(order("a", timeLeft: .seconds(10)), now: .zero)
        let actions = try fleet.poll(
            session: "s1",
            expert: expert,
            ticket: PollTicket(number: 1),
            now: .seconds(4)
        )
        guard case .answerPoll(_, .start(let shard)) = actions.first else {
            Issue.record("the shard was not started")
            return
        }
        #expect(shard.timeLeft == .seconds(6))
    }

    @Test func silenceFailsWhatRunsAndWhatWaits() throws {
        var fleet = FleetState()
        _ = try joined(&fleet)
        _ = try fleet.poll(session: "s1", expert: expert, ticket: PollTicket(number: 1), now: .zero)
        _ = try fleet.submit(order("running"), now: .zero)
        _ = try fleet.submit(order("waiting", timeLeft: .seconds(60)), now: .zero)
        let actions = fleet.tick(now: .seconds(11), timeout: .seconds(10))
        #expect(failed(actions) == ["running": .aborted, "waiting": .aborted])
        #expect(fleet.sessions.isEmpty)
        #expect(fleet.lanes.isEmpty)
    }

    @Test func anOverdueShardIsTakenFromASilentAgentAndCancelled() throws {
        var fleet = FleetState()
        _ = try joined(&fleet)
        _ = try fleet.poll(session: "s1", expert: expert, ticket: PollTicket(number: 1), now: .zero)
        _ = try fleet.poll(session: "s1", expert: nil, ticket: PollTicket(number: 2), now: .zero)
        _ = try fleet.submit(order("a", timeLeft: .seconds(1)), now: .zero)
        #expect(fleet.tick(now: .milliseconds(1200), timeout: .seconds(10)).isEmpty, "the agent has a grace")
        let actions = fleet.tick(now: .milliseconds(1600), timeout: .seconds(10))
        #expect(failed(actions) == ["a": .deadlineExceeded])
        #expect(actions.contains(.answerPoll(PollTicket(number: 2), .cancelShard(ShardID(rawValue: "a")!))))
    }

    @Test func aNewSessionOfAHostEndsTheOldOne() throws {
        var fleet = FleetState()
        _ = try joined(&fleet)
        _ = try fleet.poll(session: "s1", expert: expert, ticket: PollTicket(number: 1), now: .zero)
        _ = try fleet.submit(order("a"), now: .zero)
        let actions = try joined(&fleet, session: "s2")
        #expect(failed(actions) == ["a": .aborted])
        #expect(throws: StatusError.self) { try fleet.report(session: "s1", report: report(2), now: .zero) }
        #expect(try fleet.report(session: "s2", report: report(2), now: .zero).isEmpty)
    }

    @Test func anExpertBelongsToOneHost() throws {
        var fleet = FleetState()
        _ = try joined(&fleet)
        #expect {
            try fleet.join(
                session: "s2",
                host: Host(id: HostID(rawValue: "orin-2")!),
                experts: [Expert(id: expert, model: "m", backend: "openai")],
                report: report(),
                now: .zero
            )
        } throws: { error in
            (error as? StatusError)?.code == .alreadyExists
                && (error as? StatusError)?.message.contains("'arith-1-orin-2'") == true
        }
    }

    @Test func aDrainedHostFinishesItsShardsAndTakesNoNewOnes() throws {
        var fleet = FleetState()
        _ = try joined(&fleet)
        _ = try fleet.poll(session: "s1", expert: expert, ticket: PollTicket(number: 1), now: .zero)
        _ = try fleet.submit(order("running"), now: .zero)
        _ = try fleet.submit(order("waiting"), now: .zero)
        #expect(try failed(fleet.drain(host, true)) == ["waiting": .unavailable])
        #expect(fleet.runningShards(on: host) == 1)
        #expect(throws: StatusError.self) { try fleet.submit(order("late"), now: .zero) }
        let finished = fleet.finish(ShardID(rawValue: "running")!, session: "s1")
        #expect(finished)
        #expect(fleet.runningShards(on: host) == 0)
        _ = try joined(&fleet, session: "s2")
        #expect(fleet.sessions[host]?.state == .draining, "a restarted agent stays drained")
        _ = try fleet.drain(host, false)
        _ = try fleet.submit(order("again"), now: .zero)
    }

    @Test func commandsWaitForTheControlPoll() throws {
        var fleet = FleetState()
        _ = try joined(&fleet)
        _ = try fleet.poll(session: "s1", expert: expert, ticket: PollTicket(number: 1), now: .zero)
        _ = try fleet.submit(order("a"), now: .zero)
        let id = ShardID(rawValue: "a")!
        #expect(fleet.withdraw(id, from: expert).0 == .stopping)
        #expect(!fleet.isWanted(id, session: "s1"))
        let actions = try fleet.poll(session: "s1", expert: nil, ticket: PollTicket(number: 2), now: .zero)
        #expect(actions == [.answerPoll(PollTicket(number: 2), .cancelShard(id))])
        #expect(fleet.load(of: expert)?.running == 1, "the slot is taken until the agent says it ended")
        let finished = fleet.finish(id, session: "s1")
        #expect(finished)
        #expect(fleet.load(of: expert)?.running == 0)
    }

    @Test func staleReportsAreDropped() throws {
        var fleet = FleetState()
        _ = try joined(&fleet)
        #expect(try !fleet.report(session: "s1", report: report(5, state: .failed), now: .zero).isEmpty)
        #expect(try fleet.report(session: "s1", report: report(4, state: .ready), now: .zero).isEmpty)
        #expect(fleet.sessions[host]?.report.sequence == 5)
    }

    /// Random traces: every shard that was accepted ends exactly once, by its agent's word or by a failure, and no
    /// ticket is answered twice.
    @Test(arguments: 0..<200)
    func everyShardEndsExactlyOnce(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var fleet = FleetState()
        var now = Duration.zero
        var session = 0
        var ticket: UInt64 = 0
        var number = 0
        var open: Set<String> = []
        var running: Set<String> = []
        var answered: Set<PollTicket> = []
        func follow(_ actions: [FleetAction]) {
            for action in actions {
                switch action {
                case .answerPoll(let ticket, let reply):
                    #expect(answered.insert(ticket).inserted, "seed \(seed)")
                    if case .start(let shard) = reply {
                        #expect(open.contains(shard.id.rawValue), "seed \(seed)")
                        #expect(running.insert(shard.id.rawValue).inserted, "seed \(seed)")
                    }
                case .failShard(let id, _):
                    #expect(open.remove(id.rawValue) != nil, "seed \(seed)")
                    running.remove(id.rawValue)
                case .fleetChanged: break
                }
            }
        }
        follow(try joined(&fleet, session: "s0"))
        for _ in 0..<300 {
            now += .milliseconds(Int.random(in: 0...400, using: &random))
            let name = "s\(session)"
            switch Int.random(in: 0..<12, using: &random) {
            case 0..<4:
                number += 1
                let submission = order(
                    "q\(number)",
                    at: now,
                    timeLeft: .milliseconds(Int.random(in: 1...3000, using: &random))
                )
                open.insert("q\(number)")
                if let actions = try? fleet.submit(submission, now: now) {
                    follow(actions)
                } else {
                    open.remove("q\(number)")
                }
            case 4..<8:
                ticket += 1
                if let actions = try? fleet.poll(
                    session: name,
                    expert: ticket % 4 == 0 ? nil : expert,
                    ticket: PollTicket(number: ticket),
                    now: now
                ) {
                    follow(actions)
                }
            case 8, 9:
                guard let id = running.sorted().randomElement(using: &random) else { continue }
                if fleet.finish(ShardID(rawValue: id)!, session: name) {
                    running.remove(id)
                    open.remove(id)
                }
            case 10:
                session += 1
                follow(try joined(&fleet, session: "s\(session)", now: now))
            default:
                follow(fleet.tick(now: now, timeout: .seconds(5)))
                if fleet.sessions.isEmpty {
                    session += 1
                    follow(try joined(&fleet, session: "s\(session)", now: now))
                }
            }
        }
        follow(fleet.tick(now: now + .seconds(100), timeout: .seconds(5)))
        #expect(open.isEmpty, "seed \(seed): \(open)")
    }
}
