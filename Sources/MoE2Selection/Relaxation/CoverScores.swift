import CMoE2Kernels

/// The scores of a T = 0 problem as weighted gains over each prompt's worst expert: 31 bits for exact values, 16 for bounds.
///
/// One column an expert, contiguous, padded with zeros to whole vectors. Columns stay where they are when the fleet changes: a model
/// finds its positions by the experts' indices, and newcomers are appended while they fit the steps of the others.
final class CoverScores {
    /// Fine steps in a coarse one.
    static let ratio = 32768.0

    let rows: Int
    /// Rows with padding.
    let stride: Int
    /// Columns that there is room for.
    let capacity: Int
    /// For values; a column is written when a set with it is valued for the first time: most experts are in none. Not needed with a
    /// grain, where coarse values are exact.
    private let fine: Buffer<UInt32>
    private var isFine: [Bool]
    private let coarse: Buffer<UInt16>
    /// Quality per coarse step.
    let unit: Double
    /// Every coarse value is a multiple of this and equals its fine value; 0 when it is only rounded.
    let grain: Int
    /// What a coarse value of a set may fall short of its fine one by, in coarse steps.
    private(set) var slack = 0.0
    /// Columns that are taken.
    private(set) var columns = 0

    private let lowest: Buffer<Double>
    /// Fine steps per quality, by prompt; with a grain, steps of the grid.
    private let scale: Buffer<Double>
    /// The most that the coarse columns of a prompt fall short by, in fine steps.
    private let loss: Buffer<UInt16>
    private let largestGain: Double
    /// The steps that right-or-wrong scores and the like are multiples of; 0 for others.
    private let gridStep: Double
    private var model: Model
    private var columnOf: [Int: Int] = [:]
    /// The column of every position.
    private var places: [Int] = []
    /// Columns with a score below the worst of their prompt: newcomers.
    private var low: Set<Int> = []

    /// The scores of the experts of `model`, with room for `spare` more.
    /// - Throws: ``Interrupted``.
    init(_ model: Model, mayBeGrid: Bool = true, spare: Int = 0, _ interrupt: Interrupt) throws(Interrupted) {
        self.model = model
        let problem = model.problem
        rows = problem.scores.prompts
        capacity = model.count + spare
        stride = Kernel.padded(rows)
        coarse = Buffer(unwritten: stride * capacity)
        lowest = Buffer(stride, 0)
        scale = Buffer(stride, 0)
        loss = Buffer(stride, 0)
        // The buffer of the steps holds the best scores until they have given the steps.
        largestGain = try Self.extremes(model, lowest, highest: scale, interrupt)
        let grid = mayBeGrid ? try CoverGrid.find(model, lowest.pointer, scale.pointer, largestGain, interrupt) : nil
        let steps = grid.map { Double($0.steps) } ?? 65535
        gridStep = grid?.step ?? 0
        grain = grid.map { _ in CoverGrid.grain(steps: Int(steps)) } ?? 0
        let coarseSteps = grid == nil ? 65535 : steps * Double(grain)
        unit = largestGain > 0 ? largestGain / coarseSteps : 1
        let scaleSteps = grid == nil ? coarseSteps * Self.ratio : steps
        let stepsPerQuality = largestGain > 0 ? scaleSteps / largestGain : 0
        for row in 0..<rows { scale[row] = problem.weights[row] * stepsPerQuality }
        fine = Buffer(unwritten: grain > 0 ? 0 : stride * capacity)
        isFine = [Bool](repeating: false, count: capacity)
        for expert in model.experts {
            try interrupt.check()
            fill(expert)
        }
        places = Array(model.experts.indices)
        measureSlack()
    }

    /// Takes up another model of the same prompts; false when its scores do not fit the steps or the room.
    func adopt(_ model: Model) -> Bool {
        self.model = model
        for expert in model.experts where columnOf[expert] == nil {
            guard columns < capacity, CoverGrid.fits(model, expert, lowest.pointer, gridStep, largestGain) else {
                return false
            }
            fill(expert)
            let isLow = model.problem.scores.withColumn(expert) { scores in
                (0..<rows).contains { scores[$0] < lowest[$0] }
            }
            if isLow { low.insert(columns - 1) }
        }
        places = model.experts.map { columnOf[$0] ?? 0 }
        measureSlack()
        return true
    }

    /// The column that the position `position` has.
    func place(_ position: Int) -> Int { places[position] }

    /// The coarse column of `position`.
    func column(_ position: Int) -> UnsafeMutablePointer<UInt16> { coarse.pointer + places[position] * stride }

    /// The coarse column at the place `place`.
    func column(at place: Int) -> UnsafeMutablePointer<UInt16> { coarse.pointer + place * stride }

    /// The exact value of `set` in coarse steps.
    /// - Throws: ``Interrupted`` when the caller gave up.
    func exactValue(_ set: ExpertSet, _ interrupt: Interrupt) throws(Interrupted) -> Double {
        let members = set.members
        guard let first = members.first else { return 0 }
        if !low.isEmpty, members.allSatisfy({ low.contains(places[$0]) }) { return valueBelow(members) }
        return try grain > 0 ? coarseValue(first, members) : fineValue(members, interrupt)
    }

    private func coarseValue(_ first: Int, _ members: [Int]) -> Double {
        withUnsafeTemporaryAllocation(of: UInt16.self, capacity: max(stride, 1)) { best in
            guard let best = best.baseAddress else { return 0 }
            best.update(from: column(first), count: stride)
            for member in members.dropFirst() { Kernel.raise(best, to: column(member), stride) }
            return Kernel.sum(best, stride)
        }
    }

    private func fineValue(_ members: [Int], _ interrupt: Interrupt) throws(Interrupted) -> Double {
        var columns: [UnsafePointer<UInt32>] = []
        columns.reserveCapacity(members.count)
        for member in members {
            try interrupt.checkCancellation()
            columns.append(fineColumn(member))
        }
        var sum: UInt64 = 0
        for start in Swift.stride(from: 0, to: stride, by: Self.block) {
            try interrupt.checkCancellation()
            sum &+= fineSum(columns, start, min(Self.block, stride - start))
        }
        return Double(sum) / Self.ratio
    }

    /// Rows whose best values stay in the fastest cache.
    private static let block = 512

    private func fineSum(_ columns: [UnsafePointer<UInt32>], _ start: Int, _ length: Int) -> UInt64 {
        let variant = Kernel.variant
        return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.block) { best in
            guard let best = best.baseAddress else { return 0 }
            best.update(from: columns[0] + start, count: length)
            for column in columns.dropFirst() { variant.raise_fine(best, column + start, length) }
            return variant.sum_fine(best, length)
        }
    }

    /// The fine column of `position`.
    private func fineColumn(_ position: Int) -> UnsafePointer<UInt32> {
        let place = places[position]
        let column = fine.pointer + place * stride
        guard !isFine[place] else { return UnsafePointer(column) }
        isFine[place] = true
        model.problem.scores.withColumn(model.experts[position]) { scores in
            Kernel.variant.convert_fine(column, scores, lowest.pointer, scale.pointer, rows)
        }
        for row in rows..<stride { column[row] = 0 }
        return UnsafePointer(column)
    }

    /// Whether `position` is a newcomer that may be worth less than its column, when it is alone.
    func isLow(_ position: Int) -> Bool { low.contains(places[position]) }

    /// Whether `position` is worth no more than `other` on any prompt.
    func isCovered(_ position: Int, by other: Int) -> Bool {
        guard grain == 0 else { return Kernel.isCovered(column(position), by: column(other), stride) }
        let (one, two) = (fineColumn(position), fineColumn(other))
        return (0..<rows).allSatisfy { one[$0] <= two[$0] }
    }

    /// The exact value of a set of newcomers only: it may be below that of every prompt's worst expert, which columns do not show.
    private func valueBelow(_ members: [Int]) -> Double {
        let scores = model.problem.scores
        let step = grain > 0 ? Double(grain) * Self.ratio : 1
        var sum = 0.0
        for row in 0..<rows {
            let best = members.reduce(-.infinity) { max($0, scores[row, model.experts[$1]]) }
            sum += ((best - lowest[row]) * scale[row] / step).rounded() * step
        }
        return sum / Self.ratio
    }

    /// Fills `lowest` with the worst score of every prompt; returns the largest weighted gain over it.
    private static func extremes(
        _ model: Model,
        _ lowest: Buffer<Double>,
        highest: Buffer<Double>,
        _ interrupt: Interrupt
    ) throws(Interrupted) -> Double {
        let problem = model.problem
        let rows = problem.scores.prompts
        let (least, most) = (lowest.pointer, highest.pointer)
        for (position, expert) in model.experts.enumerated() {
            try interrupt.check()
            problem.scores.withColumn(expert) { column in
                if position == 0 {
                    least.update(from: column, count: rows)
                    most.update(from: column, count: rows)
                }
                Kernel.variant.widen(least, most, column, rows)
            }
        }
        var largest = 0.0
        for row in 0..<rows { largest = max(largest, (most[row] - least[row]) * problem.weights[row]) }
        return largest
    }

    /// Appends the column of `expert`.
    private func fill(_ expert: Int) {
        let target = coarse.pointer + columns * stride
        model.problem.scores.withColumn(expert) { scores in
            if grain > 0 {
                let step = UInt16(truncatingIfNeeded: grain)
                Kernel.variant.convert_grid(target, scores, lowest.pointer, scale.pointer, step, rows)
            } else {
                Kernel.variant.convert(target, loss.pointer, scores, lowest.pointer, scale.pointer, rows)
            }
        }
        for row in rows..<stride { target[row] = 0 }
        columnOf[expert] = columns
        columns += 1
    }

    private func measureSlack() {
        var sum = 0.0
        for row in 0..<stride { sum += Double(loss[row]) }
        slack = sum / Self.ratio
    }
}
