/// Whole steps for the costs that share one limit.
struct CostGrid {
    /// The cost of one step.
    let step: Double
    /// The limit in steps, with its tolerance; infinite without a limit.
    let budget: Double

    init(limit: Double?, values: [Double]) {
        let largest = values.max() ?? 0
        if let limit, limit > 0 {
            step = Self.step(limit)
            budget = step > 0 ? (limit / step).rounded() + Model.tolerance : 0
        } else {
            step = largest > 0 ? Self.step(largest) : 1
            budget = limit == nil ? .infinity : 0
        }
    }

    /// A power of two, so that whole and binary fractions of the unit stay exact and equal sums stay equal.
    private static func step(_ largest: Double) -> Double {
        Double(sign: .plus, exponent: largest.exponent + 1, significand: 1) / Model.steps
    }

    /// `value` in steps; what is more than any limit is cut to a number whose sums stay exact.
    func steps(_ value: Double) -> Double {
        guard value > 0 else { return 0 }
        // A limit so small that its step is 0 holds no positive cost.
        return step > 0 ? min(max((value / step).rounded(), 1), 4 * Model.steps) : 4 * Model.steps
    }
}
