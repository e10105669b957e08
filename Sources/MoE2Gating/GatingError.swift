/// What went wrong in the gate: bad calibration data, a damaged or foreign gate file, or a request that cannot be met.
public struct GatingError: Error, Sendable, CustomStringConvertible {
    /// The kind of failure. New kinds may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        /// A stable name, as written in logs.
        public let description: String

        /// Calibration data that contradict themselves or hold values that no expert can produce.
        public static let badInput = Code(description: "bad_input")
        /// No prompt is left to train or evaluate on.
        public static let emptySplit = Code(description: "empty_split")
        /// The bytes are not a gate file or were changed after writing.
        public static let damagedFile = Code(description: "damaged_file")
        /// The gate file was written by another version of the format.
        public static let unsupportedVersion = Code(description: "unsupported_version")
        /// An expert is named that the gate or the outcomes do not know.
        public static let poolMismatch = Code(description: "pool_mismatch")
    }

    /// The kind of failure.
    public let code: Code
    /// The cause and the cure, for a person.
    public let message: String

    /// An error of kind `code`; `message` names the cause and the cure.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { "\(code): \(message)" }
}
