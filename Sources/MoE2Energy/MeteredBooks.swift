import MoE2Core

/// A meter, what it said last, and the ledger that its readings are booked in.
struct MeteredBooks: Sendable {
    /// What the host draws.
    private(set) var last = EnergyStatus()
    var ledger = EnergyLedger()

    private var meter: any PowerMeter
    private var fallback: ModelMeter?
    private var integrator = EnergyIntegrator()
    private var fallbackIntegrator = EnergyIntegrator()
    private var baseline: IdleBaseline

    init(meter: any PowerMeter, fallback: ModelMeter?, idle: Power?) {
        self.meter = meter
        self.fallback = fallback
        baseline = IdleBaseline(configured: idle)
    }

    /// Reads the meter and books the time since the last reading, in which shards did `work`.
    mutating func sample(now time: Duration, work: [ShardID: TokenWork]) {
        for (shard, done) in work {
            ledger.work(shard, promptTokens: done.promptTokens, completionTokens: done.completionTokens)
        }
        let isWorking = ledger.isWorking
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

    private mutating func fallbackInterval(
        _ time: Duration,
        isWorking: Bool
    ) -> (reading: PowerReading, interval: EnergyInterval?)? {
        guard let reading = try? fallback?.read(now: time, isWorking: isWorking) else { return nil }
        return (reading, fallbackIntegrator.add(reading, now: time))
    }

    private mutating func book(_ interval: EnergyInterval?, source: Provenance, isWorking: Bool) {
        guard let interval else { return }
        if !isWorking { baseline.observe(interval) }
        ledger.book(interval, idle: baseline.power, source: source)
    }

    private mutating func show(_ reading: PowerReading, _ interval: EnergyInterval?) {
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
