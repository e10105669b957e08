import MoE2Core

/// The meter that a host uses, and why it does not use another.
public struct MeterChoice: Sendable {
    /// Where sensors are looked for; another place in tests.
    public struct Places: Hashable, Sendable {
        /// The root of the file system.
        public var root = "/"
        /// NVIDIA's library.
        public var nvml = NVMLMeter.libraryName

        /// The places of this host.
        public init() {}
    }

    /// The meter.
    public let meter: any PowerMeter
    /// What was found missing on the way to it, for the log.
    public let notes: [String]

    /// Chooses a meter.
    /// - Parameters:
    ///   - kind: What the configuration asks for.
    ///   - model: The configured model, if there is one.
    ///   - places: Where sensors are looked for.
    /// - Throws: ``EnergyError`` when the meter that is asked for gives no figure, or when nothing does.
    public init(_ kind: MeterKind, model: ModelMeter?, places: Places = Places()) throws(EnergyError) {
        switch kind {
        case .ina3221: self.init(try INA3221Meter(root: places.root))
        case .nvml: self.init(try NVMLMeter(library: places.nvml))
        case .rapl: self.init(try RAPLMeter(root: places.root))
        case .model: self.init(try Self.required(model, notes: []))
        case .auto: try self.init(model: model, places: places)
        }
    }

    private init(_ meter: any PowerMeter, notes: [String] = []) {
        self.meter = meter
        self.notes = notes
    }

    /// A Jetson comes first, for it has no NVML; then the graphics processors, which do the work where there are any.
    private init(model: ModelMeter?, places: Places) throws(EnergyError) {
        var notes: [String] = []
        do throws(EnergyError) {
            self.init(try INA3221Meter(root: places.root))
            return
        } catch { notes.append(error.message) }
        do throws(EnergyError) {
            self.init(try NVMLMeter(library: places.nvml), notes: notes)
            return
        } catch { notes.append(error.message) }
        do throws(EnergyError) {
            self.init(try RAPLMeter(root: places.root), notes: notes)
            return
        } catch { notes.append(error.message) }
        self.init(try Self.required(model, notes: notes), notes: notes)
    }

    private static func required(_ model: ModelMeter?, notes: [String]) throws(EnergyError) -> ModelMeter {
        guard let model else {
            throw EnergyError(
                .configuration,
                """
                this host has no meter that can be read and no model of its power: set power.idle and power.active to the \
                watts that it draws\(notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))")
                """
            )
        }
        return model
    }
}
