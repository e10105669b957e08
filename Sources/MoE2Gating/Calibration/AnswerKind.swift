/// What an expert's outcome on one calibration prompt consists of.
public enum AnswerKind: UInt8, Sendable, CaseIterable {
    /// Log-probabilities of the given options.
    case choice = 0
    /// One chosen option, or none.
    case vote = 1
    /// A quality between 0 and 1, for free text.
    case score = 2
}
