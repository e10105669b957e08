import Dispatch
public import MoE2Core
import Synchronization

/// Watches a host's meter and tells what each shard cost.
///
/// Create it with a meter; call ``run()`` in a task that lives as long as the agent, which samples the meter; call
/// ``begin(_:)`` when a shard starts, ``progress(_:promptTokens:completionTokens:)`` as it advances and ``end(_:)`` exactly
/// once when it ends, however it ends. While the meter gives no figure, `fallback` does.
///
/// A sensor may take its time: it is read on a thread of its own, and whoever asks waits without holding one. A meter that only
/// computes is asked where one is.
public final class EnergyMonitor: Sendable {
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
    public let meterName: String

    private let books: Mutex<MeteredBooks>
    /// Tokens that were worked off since the last reading. Kept apart: a shard need not wait for a sensor with every token.
    private let work = Mutex<[ShardID: TokenWork]>([:])
    private let isInstant: Bool
    private let sensor = DispatchQueue(label: "power meter")
    private let cadence: Cadence
    private let now: @Sendable () -> Duration

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
        self.cadence = cadence
        self.now = now
        meterName = meter.name
        isInstant = meter.isInstant
        books = Mutex(MeteredBooks(meter: meter, fallback: fallback, idle: idle))
    }

    /// A clock that starts at zero and goes on while the machine sleeps.
    public static func continuousTime() -> @Sendable () -> Duration {
        let start = ContinuousClock.now
        return { ContinuousClock.now - start }
    }

    /// What the host draws now, from a fresh reading.
    public var status: EnergyStatus {
        get async { await sampled { $0.last } }
    }

    /// A shard starts.
    public func begin(_ shard: ShardID) async {
        await sampled { $0.ledger.begin(shard) }
    }

    /// A shard worked off tokens since it last said so. Returns at once.
    public func progress(_ shard: ShardID, promptTokens: Int = 0, completionTokens: Int = 0) {
        work.withLock { $0[shard, default: TokenWork()].add(promptTokens, completionTokens) }
    }

    /// What a running shard has cost so far; zero for one that does not run.
    public func spent(_ shard: ShardID) async -> Energy {
        await sampled { $0.ledger.spent(shard) }
    }

    /// A shard ended.
    /// - Returns: What it cost; nothing from an unknown source for a shard that never began.
    public func end(_ shard: ShardID) async -> ShardEnergy {
        await sampled { $0.ledger.end(shard) ?? ShardEnergy(energy: .zero, source: .unknown) }
    }

    /// Samples the meter until the task is cancelled.
    public func run() async {
        while !Task.isCancelled {
            let isWorking = await sampled { $0.ledger.isWorking }
            do {
                try await Task.sleep(for: isWorking ? cadence.working : cadence.idle)
            } catch {
                return
            }
        }
    }

    /// Reads the meter, books the time since the last reading and does `act`.
    private func sampled<Value: Sendable>(
        _ act: @escaping @Sendable (inout MeteredBooks) -> Value
    ) async -> Value {
        if isInstant { return sampledHere(act) }
        return await withCheckedContinuation { continuation in
            sensor.async { continuation.resume(returning: self.sampledHere(act)) }
        }
    }

    private func sampledHere<Value>(_ act: (inout MeteredBooks) -> Value) -> Value {
        books.withLock { books in
            let done = work.withLock { work in
                defer { work.removeAll(keepingCapacity: true) }
                return work
            }
            books.sample(now: now(), work: done)
            return act(&books)
        }
    }
}
