import Glibc

/// NVIDIA's management library, opened at run time: hosts without its driver have none, and Jetsons never do.
///
/// Signatures as in NVIDIA's `nvml.h`. The pointers are never changed after `init`, and the library is thread-safe by its
/// documentation, so the class may be shared.
final class NVMLLibrary: @unchecked Sendable {
    typealias Device = OpaquePointer
    private typealias Plain = @convention(c) () -> Int32
    private typealias Count = @convention(c) (UnsafeMutablePointer<UInt32>) -> Int32
    private typealias Handle = @convention(c) (UInt32, UnsafeMutablePointer<Device?>) -> Int32
    private typealias Long = @convention(c) (Device, UnsafeMutablePointer<UInt64>) -> Int32
    private typealias Short = @convention(c) (Device, UnsafeMutablePointer<UInt32>) -> Int32
    private typealias Sensor = @convention(c) (Device, UInt32, UnsafeMutablePointer<UInt32>) -> Int32
    private typealias Explain = @convention(c) (Int32) -> UnsafePointer<CChar>?

    private static let success: Int32 = 0
    /// More than any host carries.
    private static let maximumDevices: UInt32 = 64

    private let image: UnsafeMutableRawPointer
    private let shutdown: Plain?
    private let totalEnergy: Long?
    private let powerUsage: Short?
    private let throttleReasons: Long?
    private let temperature: Sensor?
    private let powerLimit: Short?
    private let errorString: Explain?

    /// The graphics processors of this host.
    let devices: [Device]

    /// Opens and starts the library at `path`.
    /// - Throws: ``EnergyError`` when it is not there, does not start, or finds no device.
    init(path: String) throws(EnergyError) {
        guard let image = dlopen(path, RTLD_NOW | RTLD_LOCAL) else {
            let reason = dlerror().map { String(cString: $0) } ?? "no reason given"
            throw EnergyError(.absent, "NVIDIA's library '\(path)' cannot be opened: \(reason)")
        }
        func symbol<Function>(_ name: String, _: Function.Type) -> Function? {
            dlsym(image, name).map { unsafeBitCast($0, to: Function.self) }
        }
        errorString = symbol("nvmlErrorString", Explain.self)
        let explain = errorString
        func fail(_ what: String, _ code: Int32? = nil) -> EnergyError {
            let reason = code.map { ": \(Self.reason($0, explain))" } ?? ""
            // Not before the library has said what is wrong.
            dlclose(image)
            return EnergyError(.failed, "\(what) of '\(path)'\(reason)")
        }
        guard let start = symbol("nvmlInit_v2", Plain.self), let count = symbol("nvmlDeviceGetCount_v2", Count.self),
            let handle = symbol("nvmlDeviceGetHandleByIndex_v2", Handle.self)
        else { throw fail("nvmlInit_v2 and its sisters are missing: this is no NVML, or an old one; the symbols") }
        let started = start()
        guard started == Self.success else { throw fail("cannot start the library; nvmlInit_v2", started) }
        let shutdown = symbol("nvmlShutdown", Plain.self)
        var number: UInt32 = 0
        let counted = count(&number)
        var found: [Device] = []
        for index in 0..<min(number, Self.maximumDevices) {
            var device: Device?
            if handle(index, &device) == Self.success, let device { found.append(device) }
        }
        guard counted == Self.success, !found.isEmpty else {
            _ = shutdown?()
            throw fail("no graphics processor was found; nvmlDeviceGetCount_v2", counted == 0 ? nil : counted)
        }
        self.image = image
        self.shutdown = shutdown
        totalEnergy = symbol("nvmlDeviceGetTotalEnergyConsumption", Long.self)
        powerUsage = symbol("nvmlDeviceGetPowerUsage", Short.self)
        throttleReasons = symbol("nvmlDeviceGetCurrentClocksThrottleReasons", Long.self)
        temperature = symbol("nvmlDeviceGetTemperature", Sensor.self)
        powerLimit = symbol("nvmlDeviceGetEnforcedPowerLimit", Short.self)
        devices = found
    }

    deinit {
        _ = shutdown?()
        dlclose(image)
    }

    /// Millijoules since the driver was loaded; nil where the device has no counter.
    func millijoules(_ device: Device) -> UInt64? { value(device, totalEnergy) }

    /// The power in milliwatts, a mean over a second.
    /// - Throws: ``EnergyError`` with what the library says.
    func milliwatts(_ device: Device) throws(EnergyError) -> UInt32 {
        var value: UInt32 = 0
        guard let powerUsage else { throw EnergyError(.failed, "NVML has no nvmlDeviceGetPowerUsage") }
        let code = powerUsage(device, &value)
        guard code == Self.success else {
            throw EnergyError(.failed, "nvmlDeviceGetPowerUsage: \(Self.reason(code, errorString))")
        }
        return value
    }

    /// The bits of `nvmlClocksThrottleReasons`; nil when unknown.
    func reasons(_ device: Device) -> UInt64? { value(device, throttleReasons) }

    /// The temperature of the chip in °C; nil when unknown.
    func celsius(_ device: Device) -> UInt32? {
        var value: UInt32 = 0
        let chip: UInt32 = 0
        return temperature?(device, chip, &value) == Self.success ? value : nil
    }

    /// The power limit in milliwatts; nil when unknown.
    func limit(_ device: Device) -> UInt32? {
        var value: UInt32 = 0
        return powerLimit?(device, &value) == Self.success ? value : nil
    }

    private func value(_ device: Device, _ function: Long?) -> UInt64? {
        var value: UInt64 = 0
        return function?(device, &value) == Self.success ? value : nil
    }

    private static func reason(_ code: Int32, _ explain: Explain?) -> String {
        explain?(code).map { "\(String(cString: $0)) (\(code))" } ?? "error \(code)"
    }
}
