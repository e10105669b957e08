import Foundation
import Logging
import MoE2Backends
import MoE2Configuration
import MoE2Core
import MoE2Energy
import MoE2Gate
import MoE2Testing
import MoE2Transport
import MoE2Wire
import Synchronization
import Testing

@testable import MoE2Agent

/// The real gate, the real transport, real agents and the real llama.cpp.
@Suite(.serialized, .timeLimit(.minutes(3))) struct EndToEndTests {
    private final class Fleet: Sendable {
        let gate: Gate
        let caller: any Caller
        private let agents = Mutex<[String: Task<Void, Never>]>([:])
        private let gateTask: Task<Void, any Error>

        init() throws {
            let configuration = try ConfigurationLoader().decode(
                GateConfiguration.self,
                text: """
                    listen: {address: 127.0.0.1, port: 0}
                    insecure: true
                    session: {report_interval: 250ms, timeout: 4s}
                    """
            )
            let gate = try Gate(configuration, logger: AgentHarness.logger)
            self.gate = gate
            gateTask = Task { try await gate.run() }
            caller = try NNGCaller(addresses: ["tcp://127.0.0.1:\(gate.port)"], logger: AgentHarness.logger)
        }

        /// Starts an agent with the demo expert in `file`.
        func start(_ name: String, model: String) throws {
            let command = LlamaFiles.command.map { "\"\($0)\"" }.joined(separator: ", ")
            let configuration = try ConfigurationLoader().decode(
                AgentConfiguration.self,
                text: """
                    gate: {addresses: ["tcp://127.0.0.1:\(gate.port)"]}
                    insecure: true
                    host: {id: host-\(name)}
                    power: {idle: 5W, active: 20W}
                    experts: [{id: \(name), model: "\(model)", slots: 2, threads: 1, context: 2048, command: [\(command)]}]
                    """
            )
            let agent = try Agent(configuration, logger: AgentHarness.logger)
            let task = Task { _ = try? await agent.run() }
            agents.withLock { $0[name] = task }
        }

        /// Stops an agent without a goodbye, as far as the gate can tell.
        func stop(_ name: String) { agents.withLock { $0.removeValue(forKey: name) }?.cancel() }

        func waitForExperts(_ count: Int) async throws {
            try await eventually("\(count) experts are ready") {
                let snapshot = try await caller.call(FleetMethods.snapshot, FleetRequest(), timeout: .seconds(5))
                return snapshot.hosts.flatMap(\.report.experts).filter { $0.state == .ready }.count == count
                    && !snapshot.plans.isEmpty
            }
        }

        func ask(_ prompt: String, expert: String? = nil, choices: [String] = []) async throws -> Answer {
            var query = Query(
                id: .random(),
                messages: [Message(role: .user, content: prompt)],
                mode: choices.isEmpty ? .route : .choice
            )
            query.choices = choices
            query.decoding.maxTokens = 24
            query.budget.latency = .seconds(60)
            if let expert { query.expert = ExpertID(rawValue: expert) }
            for try await event in caller.stream(QueryMethods.ask, query, timeout: .seconds(60)) {
                if case .done(let answer) = event { return answer }
            }
            throw StatusError(.dataLoss, "the stream ended without an answer")
        }

        func end() async {
            let tasks = agents.withLock { agents in
                defer { agents = [:] }
                return Array(agents.values)
            }
            for task in tasks { task.cancel() }
            for task in tasks { await task.value }
            gateTask.cancel()
            await caller.close()
        }
    }

    @Test func aQueryIsAnsweredByARealModel() async throws {
        let fleet = try Fleet()
        let model = try LlamaFiles.smallest()
        try fleet.start("one", model: model)
        try await fleet.waitForExperts(1)
        let answer = try await fleet.ask("12+34")
        #expect(!answer.text.isEmpty)
        #expect(answer.usage.promptTokens > 5)
        #expect(answer.usage.energySource == .modelled)
        #expect(answer.usage.energy > .zero)
        let scored = try await fleet.ask("12+34", choices: [answer.text, "zzz"])
        #expect(scored.text == answer.text)
        let error = await #expect(throws: StatusError.self) {
            _ = try await fleet.ask(String(repeating: "12+34 ", count: 2000))
        }
        #expect(error?.message.contains("its context holds") == true, "\(String(describing: error))")
        await fleet.end()
    }

    @Test func anAgentThatGoesLosesNoQuery() async throws {
        let fleet = try Fleet()
        let model = try LlamaFiles.smallest()
        try fleet.start("one", model: model)
        try fleet.start("two", model: model)
        try await fleet.waitForExperts(2)
        let expected = try await fleet.ask("12+34").text
        try await withThrowingTaskGroup(of: String.self) { group in
            for number in 0..<40 {
                group.addTask {
                    if number == 10 { fleet.stop("one") }
                    return try await fleet.ask("12+34").text
                }
            }
            for try await text in group { #expect(text == expected) }
        }
        await fleet.end()
    }
}
