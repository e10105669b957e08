extension KeyedDecodingContainer {
    /// The value of `key`, or `fallback` when the key is not there or empty.
    public func value<Value: Decodable>(_ key: Key, default fallback: @autoclosure () -> Value) throws -> Value {
        try decodeIfPresent(Value.self, forKey: key) ?? fallback()
    }

    /// The value of `key` when it passes `isValid`, or `fallback` when the key is not there or empty.
    /// - Throws: `DecodingError.dataCorrupted` with `rule`, such as `must be 1 or more`.
    public func value<Value: Decodable>(
        _ key: Key,
        default fallback: @autoclosure () -> Value,
        rule: String,
        _ isValid: (Value) -> Bool
    ) throws -> Value {
        let value = try value(key, default: fallback())
        guard isValid(value) else {
            throw DecodingError.dataCorruptedError(forKey: key, in: self, debugDescription: rule)
        }
        return value
    }
}
