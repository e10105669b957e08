public import MoE2Core

/// Reads amounts as people write them: `800ms`, `20J`, `35W`, `4GiB`.
///
/// A number without a unit is refused, except 0: whether `2` means seconds or milliseconds is not to be guessed.
public enum HumanUnits {
    /// A duration such as `250us`, `800ms`, `2s`, `1.5min`, `12h`, `7d`; zero or more.
    /// - Throws: ``ConfigurationError`` with the code `invalidValue`.
    public static func duration(_ text: String) throws(ConfigurationError) -> Duration {
        let seconds = try amount(
            text,
            what: "duration",
            example: "800ms",
            units: ["us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "m": 60, "h": 3600, "d": 86_400]
        )
        return .milliseconds(clamping: seconds * 1e3)
    }

    /// An energy such as `500mJ`, `20J`, `1.2kJ`, `3Wh`; zero or more.
    /// - Throws: ``ConfigurationError`` with the code `invalidValue`.
    public static func energy(_ text: String) throws(ConfigurationError) -> Energy {
        Energy(
            joules: try amount(
                text,
                what: "energy",
                example: "20J",
                units: ["uJ": 1e-6, "mJ": 1e-3, "J": 1, "kJ": 1e3, "MJ": 1e6, "Wh": 3600, "kWh": 3.6e6]
            )
        )
    }

    /// A power such as `500mW`, `35W`, `1.2kW`; zero or more.
    /// - Throws: ``ConfigurationError`` with the code `invalidValue`.
    public static func power(_ text: String) throws(ConfigurationError) -> Power {
        Power(
            watts: try amount(text, what: "power", example: "35W", units: ["mW": 1e-3, "W": 1, "kW": 1e3])
        )
    }

    /// An amount of bytes such as `512MiB`, `4GiB`, `100MB`, `4096B`; zero or more, rounded to whole bytes.
    /// - Throws: ``ConfigurationError`` with the code `invalidValue`.
    public static func bytes(_ text: String) throws(ConfigurationError) -> ByteCount {
        let bytes = try amount(
            text,
            what: "size",
            example: "4GiB",
            units: [
                "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
                "KiB": 1024, "MiB": 1_048_576, "GiB": 1_073_741_824, "TiB": 1_099_511_627_776,
            ]
        )
        guard let count = UInt64(exactly: bytes.rounded()) else {
            throw ConfigurationError(.invalidValue, "size '\(text.prefix(40))' is too large")
        }
        return ByteCount(bytes: count)
    }

    private static func amount(
        _ text: String,
        what: String,
        example: String,
        units: [String: Double]
    ) throws(ConfigurationError) -> Double {
        let shown = text.prefix(40)
        let parts = split(text)
        guard let number = Double(parts.number), number.isFinite else {
            throw ConfigurationError(
                .invalidValue,
                "'\(shown)' is no \(what): write a number with a unit, such as \(example)"
            )
        }
        guard number >= 0 else {
            throw ConfigurationError(.invalidValue, "\(what) '\(shown)' is negative: write zero or more")
        }
        if let factor = units[parts.unit] { return number * factor }
        if parts.unit.isEmpty, number == 0 { return 0 }
        let known = units.sorted { $0.value < $1.value }.map(\.key).joined(separator: ", ")
        let problem = parts.unit.isEmpty ? "has no unit" : "has the unknown unit '\(parts.unit)'"
        throw ConfigurationError(
            .invalidValue,
            "\(what) '\(shown)' \(problem): write one of \(known) after the number, such as \(example)"
        )
    }

    /// `1.5 min` → `1.5` and `min`. The number ends where the first letter but an exponent's starts.
    private static func split(_ text: String) -> (number: String, unit: String) {
        let trimmed = text.drop(while: { $0 == " " })
        let number = trimmed.prefix { ("0"..."9").contains($0) || $0 == "." || $0 == "-" || $0 == "+" }
        var unit = trimmed[number.endIndex...].drop(while: { $0 == " " })
        while unit.last == " " { unit.removeLast() }
        return (String(number), String(unit))
    }
}
