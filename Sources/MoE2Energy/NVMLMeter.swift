public import MoE2Core

/// NVIDIA graphics processors, through the driver's library NVML: the sum over all of the host's devices, without the rest
/// of the host. Takes the counter of energy where every device has one, else samples the power.
public struct NVMLMeter: PowerMeter {
    /// The library's name, which the driver installs.
    public static let libraryName = "libnvidia-ml.so.1"

    /// Reasons for lower clocks that are heat or power: software power cap, hardware slowdown, software and hardware thermal
    /// slowdown, power brake (`nvmlClocksThrottleReason…` in `nvml.h`).
    static let slowdowns: UInt64 = 0x4 | 0x8 | 0x20 | 0x40 | 0x80

    private let library: NVMLLibrary

    /// The meter of this host.
    /// - Parameter library: The library's path or name.
    /// - Throws: ``EnergyError`` when it is not there, does not start, or gives no figure.
    public init(library path: String = NVMLMeter.libraryName) throws(EnergyError) {
        library = try NVMLLibrary(path: path)
        for device in library.devices { _ = try library.milliwatts(device) }
    }

    public var name: String { "nvml" }
    public var provenance: Provenance { .measured }

    public mutating func read(now: Duration, isWorking: Bool) throws(EnergyError) -> PowerReading {
        let devices = library.devices
        var milliwatts = 0.0
        for device in devices { milliwatts += Double(try library.milliwatts(device)) }
        let counters = devices.compactMap { library.millijoules($0) }
        return PowerReading(
            power: .watts(milliwatts * 1e-3),
            energy: counters.count == devices.count
                ? .joules(counters.reduce(0) { $0 + Double($1) } * 1e-3) : nil,
            temperatureCelsius: devices.compactMap { library.celsius($0) }.max().map(Double.init),
            isThrottled: devices.contains { (library.reasons($0) ?? 0) & Self.slowdowns != 0 },
            powerMode: mode
        )
    }

    /// The power limits, such as `450 W`, which is what stands for a power mode here.
    private var mode: String {
        let limits = library.devices.compactMap { library.limit($0) }
        return limits.map { "\($0 / 1_000) W" }.joined(separator: " + ")
    }
}
