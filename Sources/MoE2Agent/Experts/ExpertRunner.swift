import MoE2Backends
import MoE2Core
import Synchronization

/// One expert of the host: its model server, what was measured of it and how busy it is.
final class ExpertRunner: Sendable {
    /// What is known of an expert before anything was measured.
    struct Setup: Sendable {
        var id: ExpertID
        var kind: String
        var slots: Int
        var prefillRate = 0.0
        var decodeRate = 0.0
        /// The power above idle while it works.
        var activePower = Power.zero
        var warmUp = false
    }

    private struct State {
        var busy = 0
        var prefill = RateEstimator()
        var decode = RateEstimator()
        /// Tokens per joule and joules per second: rates, too.
        var tokensPerJoule = RateEstimator()
        var power = RateEstimator()
        var energySource = Provenance.unknown
    }

    let setup: Setup
    let backend: any Backend
    private let state = Mutex(State())
    private let now: @Sendable () -> Duration

    init(_ setup: Setup, backend: any Backend, now: @escaping @Sendable () -> Duration) {
        self.setup = setup
        self.backend = backend
        self.now = now
    }

    var id: ExpertID { setup.id }

    /// The number of shards that run.
    var busySlots: Int { state.withLock { $0.busy } }

    /// What the gate is told when the agent says hello.
    func expert() -> Expert {
        let facts = backend.status.facts
        return Expert(
            id: id,
            model: facts.name,
            backend: setup.kind,
            contextLength: facts.contextLength,
            parameters: facts.parameters,
            weightBytes: facts.weightBytes,
            quantization: facts.quantization,
            slots: setup.slots,
            scoresChoices: facts.scoresChoices,
            embeds: facts.embeds,
            memoryBytes: facts.memoryBytes
        )
    }

    /// What the expert can take on at present.
    func capacity(isLeaving: Bool) -> ExpertCapacity {
        let status = backend.status
        let time = now()
        let state = state.withLock { $0 }
        let isMeasured = !state.decode.isEmpty
        let isConfigured = setup.decodeRate > 0
        let perJoule = state.tokensPerJoule.rate(now: time)
        return ExpertCapacity(
            expert: id,
            state: isLeaving ? .stopped : status.state,
            detail: isLeaving ? "the agent is shutting down" : String(status.detail.prefix(1000)),
            slots: setup.slots,
            busySlots: state.busy,
            queued: max(0, state.busy - setup.slots),
            prefillRate: state.prefill.isEmpty ? setup.prefillRate : state.prefill.rate(now: time),
            decodeRate: isMeasured ? state.decode.rate(now: time) : setup.decodeRate,
            rateSource: isMeasured ? .measured : isConfigured ? .configured : .unknown,
            activePower: state.power.isEmpty ? setup.activePower : .watts(state.power.rate(now: time)),
            energyPerToken: perJoule > 0 ? .joules(1 / perJoule) : .zero,
            energySource: !state.power.isEmpty
                ? state.energySource : setup.activePower > .zero ? .configured : .unknown
        )
    }

    /// Counts a shard as running while `body` runs.
    func whileBusy<Value>(_ body: () async -> Value) async -> Value {
        state.withLock { $0.busy += 1 }
        defer { state.withLock { $0.busy -= 1 } }
        return await body()
    }

    /// Learns from a shard that succeeded.
    /// - Returns: whether these are the first rates.
    func learn(_ result: BackendResult, energy: Energy, source: Provenance) -> Bool {
        let time = now()
        return state.withLock { state in
            let wasEmpty = state.decode.isEmpty
            // A prompt that was remembered from before is read in no time at all: that is no rate.
            if result.prefillTokens >= 4 {
                state.prefill.add(tokens: result.prefillTokens, duration: result.prefill, now: time)
            }
            if result.completionTokens >= 2 {
                state.decode.add(tokens: result.completionTokens, duration: result.decode, now: time)
            }
            let work = result.prefill + result.decode
            if energy > .zero, energy.isValidCost, work > .zero, result.completionTokens > 0 {
                state.energySource = source
                state.tokensPerJoule.add(
                    tokens: result.completionTokens,
                    duration: .milliseconds(clamping: energy.joules * 1e3),
                    now: time
                )
                state.power.add(
                    tokens: 1,
                    duration: .milliseconds(clamping: work.milliseconds / energy.joules),
                    now: time
                )
            }
            return wasEmpty && !state.decode.isEmpty
        }
    }
}
