public import MoE2Core
import Synchronization

/// Watches a host's meter and tells what each shard cost.
///
/// Create it with a meter; call ``run()`` in a task that lives as long as the agent, which samples the meter; call
/// ``begin(_:)`` when a shard starts, ``progress(_:promptTokens:completionTokens:)`` as it advances and ``end(_:)`` exactly
/// once when it ends, however it ends. While the meter gives no figure, `fallback` does.
public actor EnergyMonitor {
    /// How often the meter is sampled while shards run and while none does.
    public struct Cadence: Hashable, Sendable {
        /// The time between samples while shards run.
        public var working = Duration.milliseconds(100)
        /// The time between samples while none runs.
        public var idle = Duration.seconds(1)

        /// 10 samples a second at work, one while idle.
        public init() {}
    }

    /// The meter's name, as in ``MoE2Core/Host/powerMeter``.
    public nonisolated let meterName: String

    private var meter: any PowerMeter
    private var fallback: ModelMeter?
    private var integrator = EnergyIntegrator()
    private var fallbackIntegrator = EnergyIntegrator()
    private var baseline: IdleBaseline
    private var ledger = EnergyLedger()
    private var last = EnergyStatus()
    /// Tokens that were worked off since the last reading. Kept apart, so that a shard need not wait for its every token.
    private nonisolated let work = Mutex<[ShardID: Work]>([:])
    private nonisolated let isInstant: Bool
    private let cadence: Cadence
    private let now: @Sendable () -> Duration

    private struct Work {
        var promptTokens = 0
        var completionTokens = 0
    }

    /// A monitor of `meter`.
    /// - Parameters:
    ///   - meter: Where figures come from.
    ///   - idle: The power while no shard runs; nil learns it.
    ///   - fallback: Gives figures, marked as modelled, while the meter fails.
    ///   - cadence: How often the meter is sampled.
    ///   - now: A clock that never runs back.
    public init(
        meter: any PowerMeter,
        idle: Power? = nil,
        fallback: ModelMeter? = nil,
        cadence: Cadence = Cadence(),
        now: @escaping @Sendable () -> Duration = EnergyMonitor.continuousTime()
    ) {
        self.meter = meter
        self.fallback = fallback
        self.cadence = cadence
        self.now = now
        meterName = meter.name
        isInstant = meter.isInstant
        baseline = IdleBaseline(configured: idle)
    }

    /// A clock that starts at zero and goes on while the machine sleeps.
    public static func continuousTime() -> @Sendable () -> Duration {
        let start = ContinuousClock.now
        return { ContinuousClock.now - start }
    }

    /// What the host draws now, from a fresh reading.
    public var status: EnergyStatus {
        sample()
        return last
    }

    /// A shard starts. Sensors are not read on the caller's executor.
    public nonisolated func begin(_ shard: ShardID) async {
        if isInstant { return await book(beginOf: shard) }
        await withTaskExecutorPreference(globalConcurrentExecutor) { await book(beginOf: shard) }
    }

    private func book(beginOf shard: ShardID) {
        sample()
        ledger.begin(shard)
    }

    /// A shard worked off tokens since it last said so.
    public nonisolated func progress(_ shard: ShardID, promptTokens: Int = 0, completionTokens: Int = 0) {
        work.withLock { work in
            work[shard, default: Work()].promptTokens += max(0, promptTokens)
            work[shard, default: Work()].completionTokens += max(0, completionTokens)
        }
    }

    /// What a running shard has cost so far; zero for one that does not run.
    public func spent(_ shard: ShardID) -> Energy {
        sample()
        return ledger.spent(shard)
    }

    /// A shard ended. Sensors are not read on the caller's executor.
    /// - Returns: What it cost; nothing from an unknown source for a shard that never began.
    public nonisolated func end(_ shard: ShardID) async -> ShardEnergy {
        if isInstant { return await book(endOf: shard) }
        return await withTaskExecutorPreference(globalConcurrentExecutor) { await book(endOf: shard) }
    }

    private func book(endOf shard: ShardID) -> ShardEnergy {
        sample()
        return ledger.end(shard) ?? ShardEnergy(energy: .zero, source: .unknown)
    }

    /// Samples the meter until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            sample()
            do {
                try await Task.sleep(for: ledger.isWorking ? cadence.working : cadence.idle)
            } catch {
                return
            }
        }
    }

    /// Reads the meter and books the time since the last reading.
    private func sample() {
        let time = now()
        let isWorking = ledger.isWorking
        let done = work.withLock { work in
            defer { work.removeAll(keepingCapacity: true) }
            return work
        }
        for (shard, done) in done {
            ledger.work(shard, promptTokens: done.promptTokens, completionTokens: done.completionTokens)
        }
        let spare = fallbackInterval(time, isWorking: isWorking)
        do throws(EnergyError) {
            let reading = try meter.read(now: time, isWorking: isWorking)
            let interval = integrator.add(reading, now: time)
            // The first reading after a failure closes no interval of the meter's own.
            book(
                interval ?? spare?.interval,
                source: interval == nil ? .modelled : meter.provenance,
                isWorking: isWorking
            )
            show(reading, interval)
        } catch {
            // The next good reading must not be charged with the time that the fallback covers.
            integrator = EnergyIntegrator()
            book(spare?.interval, source: .modelled, isWorking: isWorking)
            last.power = spare?.reading.power ?? .zero
            last.source = spare == nil ? .unknown : .modelled
            last.problem = error.message
        }
        last.idlePower = baseline.power
    }

    private func fallbackInterval(
        _ time: Duration,
        isWorking: Bool
    ) -> (reading: PowerReading, interval: EnergyInterval?)? {
        guard let reading = try? fallback?.read(now: time, isWorking: isWorking) else { return nil }
        return (reading, fallbackIntegrator.add(reading, now: time))
    }

    private func book(_ interval: EnergyInterval?, source: Provenance, isWorking: Bool) {
        guard let interval else { return }
        if !isWorking { baseline.observe(interval) }
        ledger.book(interval, idle: baseline.power, source: source)
    }

    private func show(_ reading: PowerReading, _ interval: EnergyInterval?) {
        // A very short interval of a coarse counter is no measure of the power.
        if let power = reading.power {
            last.power = power
        } else if let interval, interval.duration >= .milliseconds(50), let power = interval.power {
            last.power = power
        }
        last.source = meter.provenance
        last.temperatureCelsius = reading.temperatureCelsius
        last.isThrottled = reading.isThrottled
        last.powerMode = reading.powerMode
        last.problem = nil
    }
}
