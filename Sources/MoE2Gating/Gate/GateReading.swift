/// What the gate says about one prompt, before anything is known about which experts are at hand.
public struct GateReading: Sendable, Equatable {
    /// The expected quality of every expert, in pool order: log-probability of the right answer, or the free-text score.
    public let scores: [Double]
    /// The logarithm of the factor by which every expert's evidence is sharpened; zeros for gates without a pool.
    public let sharpness: [Double]
    /// The change of the logarithm of every expert's weight in a large team; zeros for gates without a pool.
    public let modulation: [Double]
    /// Label columns of the prompt.
    let labels: [Int]
}
