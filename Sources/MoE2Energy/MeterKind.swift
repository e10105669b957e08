/// Which meter a configuration asks for.
public enum MeterKind: String, Hashable, Sendable, Codable, CaseIterable {
    /// The first of `ina3221`, `nvml` and `rapl` that gives a figure here, else `model`.
    case auto
    /// NVIDIA Jetson's power monitors.
    case ina3221
    /// NVIDIA graphics processors.
    case nvml
    /// x86 processors.
    case rapl
    /// Two configured figures.
    case model
}
