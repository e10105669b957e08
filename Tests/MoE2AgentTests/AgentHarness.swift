import Logging
import MoE2Backends
import MoE2Core
import MoE2Energy
import MoE2Testing
import MoE2Transport

@testable import MoE2Agent

/// An agent with scripted model servers and a scripted gate.
struct AgentHarness: Sendable {
    let gate = ScriptedGate()
    let backend: ScriptedBackend
    let parts: AgentParts
    static let expert = ExpertID(rawValue: "expert")!

    static let logger: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    init(
        slots: Int = 1,
        faults: InMemoryTransport.Faults = .init(),
        random: @escaping @Sendable () -> Double = { 1 },
        signer: (any HelloSigner)? = nil,
        script: @escaping ScriptedBackend.Script
    ) throws {
        backend = ScriptedBackend(script)
        let now = EnergyMonitor.continuousTime()
        let runner = ExpertRunner(
            ExpertRunner.Setup(id: Self.expert, kind: "llama.cpp", slots: slots, activePower: .watts(10)),
            backend: backend,
            now: now
        )
        let reporter = HostReporter(
            id: HostID(rawValue: "host")!,
            device: "test",
            activationEnergy: .zero,
            experts: [runner],
            energy: EnergyMonitor(
                meter: try ModelMeter(idle: .watts(5), active: .watts(15)),
                idle: .watts(5),
                now: now
            )
        )
        parts = AgentParts(
            host: reporter,
            caller: gate.caller(faults, random: random),
            signer: signer,
            logger: Self.logger
        )
    }

    /// Runs `body` while the agent runs.
    func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await parts.run() }
            defer { group.cancelAll() }
            return try await body()
        }
    }

    static func shard(_ name: String = "shard", timeLeft: Duration = .seconds(30), allowance: Energy? = nil) -> Shard {
        Shard(
            id: ShardID(rawValue: name)!,
            expert: expert,
            task: .generate,
            messages: [Message(role: .user, content: "hi")],
            timeLeft: timeLeft,
            energyAllowance: allowance
        )
    }

    func result(_ name: String = "shard") async throws -> ShardResult {
        let id = ShardID(rawValue: name)!
        try await eventually("\(name) has ended") { gate.result(id) != nil }
        return gate.result(id)!
    }
}
