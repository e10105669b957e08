import MoE2Backends
import MoE2Core
import MoE2Testing
import MoE2Wire
import Synchronization
import Testing

@testable import MoE2Agent

@Suite(.timeLimit(.minutes(2))) struct SessionTests {
    @Test func aShardIsExecutedAndTold() async throws {
        let agent = try AgentHarness(script: writing(50))
        try await agent.run {
            agent.gate.start(AgentHarness.shard())
            let result = try await agent.result()
            #expect(result.error == nil)
            #expect(result.usage.completionTokens == 50)
            #expect(result.usage.promptTokens == 8)
            #expect(result.usage.energySource == .modelled)
            #expect(result.usage.energy > .zero)
            #expect(agent.gate.text(result0.id) == (0..<50).map { "\($0) " }.joined())
            let state = agent.gate.state.withLock { $0 }
            #expect(UInt32(state.chunks[result0.id]?.count ?? 0) == result.chunks)
            let hello = try #require(state.hellos.first)
            #expect(hello.host.id.rawValue == "host" && hello.host.cores > 0 && hello.host.memoryBytes > 0)
            #expect(hello.experts.first?.model == "scripted")
            try await eventually("the rates are reported") {
                agent.gate.state.withLock { $0.reports.last?.experts.first?.rateSource } == .measured
            }
            let capacity = try #require(agent.gate.state.withLock { $0.reports.last?.experts.first })
            #expect(abs(capacity.decodeRate - 100) < 1)
            #expect(abs(capacity.prefillRate - 4000) < 1)
        }
    }

    private var result0: Shard { AgentHarness.shard() }

    @Test func lostAndDoubledCallsChangeNothing() async throws {
        let seed: UInt64 = 4711
        let generator = Mutex(SeededGenerator(seed: seed))
        let agent = try AgentHarness(
            slots: 4,
            faults: .init(duplication: 0.3, loss: 0.3),
            random: { generator.withLock { Double.random(in: 0..<1, using: &$0) } },
            script: writing(40)
        )
        try await agent.run {
            for number in 0..<30 { agent.gate.start(AgentHarness.shard("shard-\(number)")) }
            for number in 0..<30 {
                let result = try await agent.result("shard-\(number)")
                #expect(result.error == nil, "seed \(seed)")
                let text = agent.gate.text(ShardID(rawValue: "shard-\(number)")!)
                #expect(text == (0..<40).map { "\($0) " }.joined(), "seed \(seed)")
            }
        }
    }

    @Test func outputIsJoinedWhileACallIsUnderWay() async throws {
        let agent = try AgentHarness(script: writing(5000))
        try await agent.run {
            agent.gate.start(AgentHarness.shard())
            let result = try await agent.result()
            #expect(result.usage.completionTokens == 5000)
            #expect(agent.gate.state.withLock { $0.calls[self.result0.id] ?? 0 } < 5000)
        }
    }

    /// The answer that nobody reads as it is written comes with its end, and the next shard with the answer to that.
    @Test func aWholeAnswerTakesOneCall() async throws {
        let agent = try AgentHarness(script: writing(50))
        try await agent.run {
            for number in 0..<5 {
                var shard = AgentHarness.shard("shard-\(number)")
                shard.linger = .seconds(3600)
                agent.gate.start(shard)
            }
            for number in 0..<5 {
                let result = try await agent.result("shard-\(number)")
                #expect(result.error == nil)
                let id = ShardID(rawValue: "shard-\(number)")!
                #expect(agent.gate.text(id) == (0..<50).map { "\($0) " }.joined())
                #expect(agent.gate.state.withLock { $0.calls[id] } == nil)
            }
            #expect(agent.gate.state.withLock { $0.polls } == 1)
        }
    }

    /// A gate of an earlier version knows nothing of chunks and polls in the end of a shard.
    @Test func anEarlierGateIsToldInThreeCalls() async throws {
        let agent = try AgentHarness(script: writing(50))
        agent.gate.state.withLock { $0.finishPolls = false }
        try await agent.run {
            for number in 0..<3 {
                var shard = AgentHarness.shard("shard-\(number)")
                shard.linger = .seconds(3600)
                agent.gate.start(shard)
            }
            for number in 0..<3 {
                let result = try await agent.result("shard-\(number)")
                #expect(result.error == nil)
                let id = ShardID(rawValue: "shard-\(number)")!
                #expect(agent.gate.text(id) == (0..<50).map { "\($0) " }.joined())
                #expect(agent.gate.state.withLock { $0.calls[id] } != nil)
            }
            #expect(agent.gate.state.withLock { $0.polls } >= 3)
        }
    }

    @Test func theControlPollStopsAShard() async throws {
        let agent = try AgentHarness(script: hanging())
        try await agent.run {
            agent.gate.start(AgentHarness.shard())
            try await eventually("it writes") { agent.gate.text(self.result0.id) == "start " }
            agent.gate.command(.cancelShard(self.result0.id))
            let result = try await agent.result()
            #expect(result.error?.code == .cancelled)
            #expect(result.usage.completionTokens == 1)
            #expect(result.finishReason == .interrupted)
        }
    }

    @Test func aCancelThatOvertakesItsShardCounts() async throws {
        let agent = try AgentHarness(script: hanging())
        try await agent.run {
            agent.gate.command(.cancelShard(self.result0.id))
            try await eventually("it is taken") { agent.gate.state.withLock { $0.commands.isEmpty } }
            // Taken is not yet obeyed: the shard may be stopped before or after it begins, but stopped it is.
            agent.gate.start(AgentHarness.shard(timeLeft: .seconds(20)))
            let outcome1 = try await agent.result()
            #expect(outcome1.error?.code == .cancelled)
        }
    }

    @Test func anAnswerThatSaysSoStopsAShard() async throws {
        let agent = try AgentHarness { _, write in
            while true {
                try await write("word ")
                try await Task.sleep(for: .milliseconds(1))
            }
        }
        try await agent.run {
            agent.gate.state.withLock { _ = $0.unwanted.insert(self.result0.id) }
            agent.gate.start(AgentHarness.shard())
            let outcome2 = try await agent.result()
            #expect(outcome2.error?.code == .cancelled)
        }
    }

    @Test func theDeadlineStopsAShard() async throws {
        let agent = try AgentHarness(script: hanging())
        try await agent.run {
            agent.gate.start(AgentHarness.shard(timeLeft: .milliseconds(50)))
            let result = try await agent.result()
            #expect(result.error?.code == .deadlineExceeded)
            #expect(agent.gate.text(self.result0.id) == "start ")
        }
    }

    @Test func theEnergyAllowanceStopsAShard() async throws {
        let agent = try AgentHarness(script: hanging())
        try await agent.run {
            // 10 W above idle: 0.5 J are spent after 50 ms.
            agent.gate.start(AgentHarness.shard(allowance: .joules(0.5)))
            let result = try await agent.result()
            #expect(result.error?.code == .resourceExhausted)
            #expect(result.error?.message.contains("energy allowance of 0.5 J is spent") == true)
            #expect(result.usage.energy >= .joules(0.5))
        }
    }

    @Test func aFailureOfTheModelServerIsPassedOn() async throws {
        let agent = try AgentHarness { _, write in
            try await write("half ")
            throw StatusError(.unavailable, "the model server fell over")
        }
        try await agent.run {
            agent.gate.start(AgentHarness.shard())
            let result = try await agent.result()
            #expect(result.error == StatusError(.unavailable, "the model server fell over"))
            #expect(result.chunks == 1)
        }
    }

    @Test func aGateThatForgotGetsANewHelloAndTheLostShardIsStopped() async throws {
        let wasCancelled = Mutex(false)
        let agent = try AgentHarness { _, write in
            try await write("start ")
            do {
                try await Task.sleep(for: .seconds(3600))
            } catch {
                wasCancelled.withLock { $0 = true }
                throw error
            }
            return BackendResult()
        }
        try await agent.run {
            agent.gate.start(AgentHarness.shard())
            try await eventually("it writes") { agent.gate.text(self.result0.id) == "start " }
            agent.gate.forget()
            try await eventually("a new hello") { agent.gate.state.withLock { $0.hellos.count } == 2 }
            #expect(wasCancelled.withLock { $0 })
        }
    }

    @Test func newFactsNeedANewHello() async throws {
        let agent = try AgentHarness(script: writing(1))
        try await agent.run {
            try await eventually("a hello") { agent.gate.state.withLock { $0.hellos.count } == 1 }
            agent.backend.change { $0.facts.contextLength = 4096 }
            try await eventually("another") { agent.gate.state.withLock { $0.hellos.count } == 2 }
            #expect(agent.gate.state.withLock { $0.hellos[1].experts[0].contextLength } == 4096)
        }
    }

    @Test func aChangeOfStateIsReportedAtOnce() async throws {
        let agent = try AgentHarness(script: writing(1))
        try await agent.run {
            try await eventually("a report") { agent.gate.state.withLock { !$0.reports.isEmpty } }
            agent.backend.change { status in
                status.state = .failed
                status.detail = "no memory"
            }
            try await eventually("it is reported") {
                agent.gate.state.withLock { $0.reports.last?.experts[0].detail } == "no memory"
            }
        }
    }

    @Test func leavingLetsRunningShardsEndAndTakesNoNewOnes() async throws {
        let goOn = Mutex(false)
        let agent = try AgentHarness(slots: 2) { _, write in
            try await write("start ")
            try await eventually("it may go on") { goOn.withLock { $0 } }
            try await write("end")
            return BackendResult(completionTokens: 2)
        }
        try await agent.run {
            agent.gate.start(AgentHarness.shard())
            try await eventually("it writes") { agent.gate.text(self.result0.id) == "start " }
            let leaving = Task { await agent.parts.sessions.leave(limit: .seconds(60)) }
            try await eventually("the gate hears of it") {
                agent.gate.state.withLock { $0.reports.last?.experts[0].state } == .stopped
            }
            // The second slot's poll was parked before: what it brings is refused, so that another host does it.
            agent.gate.start(AgentHarness.shard("late"))
            let outcome3 = try await agent.result("late")
            #expect(outcome3.error?.code == .unavailable)
            goOn.withLock { $0 = true }
            let outcome4 = try await agent.result()
            #expect(outcome4.error == nil)
            await leaving.value
            #expect(agent.gate.state.withLock { $0.hasLeft })
            #expect(agent.gate.text(self.result0.id) == "start end")
        }
    }

    @Test func leavingCutsOffWhatTakesTooLong() async throws {
        let agent = try AgentHarness(script: hanging())
        try await agent.run {
            agent.gate.start(AgentHarness.shard())
            try await eventually("it writes") { agent.gate.text(self.result0.id) == "start " }
            await agent.parts.sessions.leave(limit: .milliseconds(30))
            #expect(agent.gate.state.withLock { $0.hasLeft })
        }
    }

    @Test func aRefusedHelloIsTriedAgain() async throws {
        let agent = try AgentHarness(script: writing(1))
        agent.gate.state.withLock { $0.refusal = StatusError(.alreadyExists, "the name is taken") }
        try await agent.run {
            try await eventually("several hellos") { agent.gate.state.withLock { $0.hellos.count } >= 2 }
            agent.gate.state.withLock { $0.refusal = nil }
            agent.gate.start(AgentHarness.shard())
            let outcome5 = try await agent.result()
            #expect(outcome5.error == nil)
        }
    }

    @Test func aChallengeIsSigned() async throws {
        struct Signer: HelloSigner {
            var certificate: [UInt8] { [1, 2] }
            func sign(challenge: [UInt8], host: HostID) throws(StatusError) -> [UInt8] {
                challenge.reversed() + Array(host.rawValue.utf8)
            }
        }
        let agent = try AgentHarness(signer: Signer(), script: writing(1))
        agent.gate.state.withLock { $0.challenge = [7, 8, 9] }
        try await agent.run {
            try await eventually("a hello") { agent.gate.state.withLock { !$0.hellos.isEmpty } }
            let hello = agent.gate.state.withLock { $0.hellos[0] }
            #expect(hello.challenge == [7, 8, 9])
            #expect(hello.certificate == [1, 2])
            #expect(hello.signature == [9, 8, 7] + Array("host".utf8))
        }
    }
}
