/// How the multipliers move at a node; measured on the families of Benchmarks/selection.
struct Pace {
    /// The length of the first steps relative to Polyak's, with the best known value as the target.
    let reach: Double
    /// What lengths are multiplied with when the bound does not fall any more.
    let decay: Double
    /// Steps in a row that may not lower the bound.
    let patience: Int
    /// The most steps.
    let steps: Int
}
