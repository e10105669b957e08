import MoE2Core

@testable import MoE2Energy

/// A meter whose power the test sets; it can fail on demand.
struct ScriptedMeter: PowerMeter {
    let idle: Power
    let active: Power
    let bench: TestBench

    var name: String { "scripted" }
    var provenance: Provenance { .measured }

    mutating func read(now: Duration, isWorking: Bool) throws(EnergyError) -> PowerReading {
        if bench.fails { throw EnergyError(.failed, "the test says so") }
        return PowerReading(
            power: isWorking ? active : idle,
            temperatureCelsius: 50,
            isThrottled: true,
            powerMode: "30W"
        )
    }
}
