import ArgumentParser
import MoE2Configuration

/// Reads options that are amounts with a unit, such as `20J` or `800ms`.
enum AmountOption {
    /// What `parse` makes of `text`, the value of the option `name`.
    /// - Throws: `ValidationError` that names the option and what is wrong with it.
    static func value<Value>(
        _ name: String,
        _ text: String,
        _ parse: (String) throws(ConfigurationError) -> Value
    ) throws -> Value {
        do throws(ConfigurationError) { return try parse(text) } catch {
            throw ValidationError("\(name): \(error.message)")
        }
    }
}
