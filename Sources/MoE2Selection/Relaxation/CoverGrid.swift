import CMoE2Kernels

/// Finds the steps of scores that are on a coarse grid, as right-or-wrong ones are.
enum CoverGrid {
    /// The one number that all gains over `lowest` are multiples of, and how many of it the largest gain has; nil when there is none,
    /// or too many.
    static func find(
        _ model: Model,
        _ lowest: UnsafePointer<Double>,
        _ highest: UnsafePointer<Double>,
        _ largest: Double,
        _ interrupt: Interrupt
    ) throws(Interrupted) -> (step: Double, steps: Int)? {
        guard largest > 0 else { return (1, 1) }
        if try isRightOrWrong(model, lowest, highest, largest, interrupt) { return (largest, 1) }
        var smallest = largest
        // Real-valued scores show within a few rows that they are on no coarse grid.
        let isCoarse = try forEachGain(model, lowest, interrupt) { gain in
            smallest = min(smallest, gain)
            return largest / smallest <= 1024
        }
        guard isCoarse else { return nil }
        for divisor in 1...6 {
            let step = smallest / Double(divisor)
            guard largest / step <= 4096 else { break }
            if try forEachGain(model, lowest, interrupt, { isMultiple($0, of: step) }) {
                return (step, Int((largest / step).rounded()))
            }
        }
        return nil
    }

    /// Whether every gain is 0 or the same amount: the usual case, seen without a division a number.
    private static func isRightOrWrong(
        _ model: Model,
        _ lowest: UnsafePointer<Double>,
        _ highest: UnsafePointer<Double>,
        _ largest: Double,
        _ interrupt: Interrupt
    ) throws(Interrupted) -> Bool {
        let weights = model.problem.weights
        let isEven = weights.indices.allSatisfy { row in
            let span = (highest[row] - lowest[row]) * weights[row]
            return span == 0 || abs(span - largest) <= 1e-9 * largest
        }
        guard isEven else { return false }
        for expert in model.experts {
            try interrupt.check()
            let isTwoValued = model.problem.scores.withColumn(expert) { column in
                Kernel.variant.is_two_valued(column, lowest, highest, weights.count)
            }
            guard isTwoValued else { return false }
        }
        return true
    }

    /// Coarse steps per grid step: fine enough for the multipliers, with room for merged rows.
    static func grain(steps: Int) -> Int { max(1, min(64, 16384 / steps)) }

    /// Whether the gains of `expert` are no larger than `largest`, and multiples of `step` unless that is 0. Where no expert gains
    /// anything there are no steps, and only the same scores fit.
    static func fits(
        _ model: Model,
        _ expert: Int,
        _ lowest: UnsafePointer<Double>,
        _ step: Double,
        _ largest: Double
    ) -> Bool {
        let weights = model.problem.weights
        return model.problem.scores.withColumn(expert) { column in
            weights.indices.allSatisfy { row in
                let gain = (column[row] - lowest[row]) * weights[row]
                if largest == 0 { return gain == 0 }
                return gain <= largest && (step == 0 || isMultiple(abs(gain), of: step))
            }
        }
    }

    private static func isMultiple(_ gain: Double, of step: Double) -> Bool {
        let multiple = gain / step
        return abs(multiple - multiple.rounded()) <= 1e-9 * multiple
    }

    /// Calls `body` with the gains above 0, prompt by prompt, until it says no; whether it never did.
    private static func forEachGain(
        _ model: Model,
        _ lowest: UnsafePointer<Double>,
        _ interrupt: Interrupt,
        _ body: (Double) -> Bool
    ) throws(Interrupted) -> Bool {
        let problem = model.problem
        let tile = 64
        for start in stride(from: 0, to: problem.scores.prompts, by: tile) {
            try interrupt.check()
            let end = min(start + tile, problem.scores.prompts)
            for expert in model.experts {
                let goesOn = problem.scores.withColumn(expert) { column in
                    for row in start..<end {
                        let gain = (column[row] - lowest[row]) * problem.weights[row]
                        if gain > 0, !body(gain) { return false }
                    }
                    return true
                }
                guard goesOn else { return false }
            }
        }
        return true
    }
}
