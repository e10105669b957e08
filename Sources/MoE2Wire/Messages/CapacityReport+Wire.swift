import CMoE2Protos
import MoE2Core

extension CapacityReport: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__CapacityReport>) -> Void {
        { moe2__v1__capacity_report__init($0) }
    }

    init(_ c: borrowing Moe2__V1__CapacityReport) throws(WireError) {
        self.init(
            sequence: c.sequence,
            experts: try Field.list(c.n_experts, c.experts, "experts", limit: WireLimits.experts),
            power: try Field.power(c.power_w, "power_w"),
            powerSource: try Field.value(c.power_source, "power_source"),
            temperatureCelsius: c.has_temperature != 0 ? try Field.finite(c.temperature_c, "temperature_c") : nil,
            throttled: c.throttled != 0,
            powerMode: try Field.text(c.power_mode, "power_mode"),
            freeMemoryBytes: c.free_memory_bytes,
            loadAverage: try Field.amount(c.load_average, "load_average"),
            roundTrip: try Field.time(c.round_trip_ms, "round_trip_ms")
        )
    }

    func fill(_ c: inout Moe2__V1__CapacityReport, _ arena: Arena) {
        c.sequence = sequence
        (c.n_experts, c.experts) = arena.list(experts)
        c.power_w = power.watts
        c.power_source = powerSource.rawValue
        c.has_temperature = temperatureCelsius == nil ? 0 : 1
        c.temperature_c = temperatureCelsius ?? 0
        c.throttled = throttled ? 1 : 0
        c.power_mode = arena.string(powerMode)
        c.free_memory_bytes = freeMemoryBytes
        c.load_average = loadAverage
        c.round_trip_ms = roundTrip.milliseconds
    }
}
