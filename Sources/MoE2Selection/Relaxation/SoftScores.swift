import CMoE2Kernels

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The scores of a T > 0 problem as exp((s − row maximum) / T), one column an expert, and the exact value of a set.
///
/// Columns stay where they are when the fleet changes; a newcomer that is a little above a row's maximum fits too.
final class SoftScores {
    /// Smaller exponents are raised to this one: a bound may be too large, never too small.
    static let lowestExponent = -85.0
    /// The largest exponent of a newcomer.
    static let highestExponent = 1.0
    /// Fine steps in a unit.
    static let ratio = 0x1p15

    private var model: Model
    let rows: Int
    let stride: Int
    /// Columns that there is room for.
    let capacity: Int
    let teamSize: Int
    let temperature: Double
    /// For values; a column is written when a set with it is valued for the first time: most experts are in none.
    private let exact: Buffer<Double>
    private var isExact: [Bool]
    /// For bounds; off by at most 3e-7 of the number.
    private let rough: Buffer<Float>
    /// Weight times temperature of every row, in units.
    let weight: Buffer<Double>
    /// The same for bounds.
    let roughWeight: Buffer<Float>
    /// Weight times (row maximum − row minimum), in units.
    let height: Buffer<Double>
    private let lowest: Buffer<Double>
    private let highest: Buffer<Double>
    /// Quality per unit.
    let unit: Double
    /// The largest spread of a row's scores in temperatures.
    let spread: Double
    /// Whether some columns are above the best score of a prompt, perhaps.
    private(set) var hasNewcomers = false
    private var columnOf: [Int: Int] = [:]
    /// The column of every position.
    private var places: [Int] = []

    /// The scores of the experts of `model`, with room for `spare` more.
    /// - Throws: ``Interrupted``.
    init(_ model: Model, spare: Int = 0, _ interrupt: Interrupt) throws(Interrupted) {
        self.model = model
        let problem = model.problem
        rows = problem.scores.prompts
        capacity = model.count + spare
        stride = Kernel.padded(rows)
        teamSize = min(problem.teamSize, capacity)
        temperature = problem.temperature
        exact = Buffer(unwritten: stride * capacity)
        isExact = [Bool](repeating: false, count: capacity)
        rough = Buffer(unwritten: stride * capacity)
        weight = Buffer(stride, 0)
        roughWeight = Buffer(stride, 0)
        height = Buffer(stride, 0)
        lowest = Buffer(stride, .infinity)
        highest = Buffer(stride, -.infinity)
        for expert in model.experts {
            try interrupt.check()
            let (least, most) = (lowest.pointer, highest.pointer)
            problem.scores.withColumn(expert) { Kernel.variant.widen(least, most, $0, problem.scores.prompts) }
        }
        var largest = 0.0
        var widest = 0.0
        for row in 0..<rows {
            height[row] = highest[row] - lowest[row]
            widest = max(widest, height[row])
            largest = max(largest, (height[row] + temperature * log(Double(teamSize))) * problem.weights[row])
        }
        spread = widest / temperature
        unit = largest > 0 ? largest / 65536 : 1
        for row in 0..<rows {
            weight[row] = problem.weights[row] * temperature / unit
            roughWeight[row] = Float(weight[row])
            height[row] *= problem.weights[row] / unit
        }
        // Where the T = 0 bound is used there are no rough columns.
        for expert in model.experts where isNarrow {
            try interrupt.check()
            fill(expert)
        }
        places = Array(model.experts.indices)
    }

    /// Whether floats hold the exponentials of all scores.
    var isNarrow: Bool { spread <= -Self.lowestExponent }

    /// Takes up another model of the same prompts; false when its scores do not fit the range or the room.
    func adopt(_ model: Model) -> Bool {
        self.model = model
        for expert in model.experts where columnOf[expert] == nil {
            guard columnOf.count < capacity, isWithinReach(expert) else { return false }
            fill(expert)
            hasNewcomers = true
        }
        places = model.experts.map { columnOf[$0] ?? 0 }
        return true
    }

    private func isWithinReach(_ expert: Int) -> Bool {
        model.problem.scores.withColumn(expert) { scores in
            (0..<rows).allSatisfy { row in
                let exponent = (scores[row] - highest[row]) / temperature
                return exponent >= Self.lowestExponent && exponent <= Self.highestExponent
            }
        }
    }

    /// Appends the column of `expert`.
    private func fill(_ expert: Int) {
        let column = columnOf.count
        let rough = rough.pointer + column * stride
        model.problem.scores.withColumn(expert) { scores in
            Kernel.variant.exponentials(rough, scores, highest.pointer, temperature, Self.lowestExponent, rows)
        }
        for row in rows..<stride { rough[row] = 0 }
        columnOf[expert] = column
    }

    /// The exact column of `position`.
    private func exactColumn(_ position: Int) -> UnsafePointer<Double> {
        let column = exact.pointer + places[position] * stride
        guard !isExact[places[position]] else { return UnsafePointer(column) }
        isExact[places[position]] = true
        model.problem.scores.withColumn(model.experts[position]) { scores in
            for row in 0..<rows { column[row] = exp((scores[row] - highest[row]) / temperature) }
            for row in rows..<stride { column[row] = 0 }
        }
        return UnsafePointer(column)
    }

    /// The column for bounds of `position`.
    func column(_ position: Int) -> UnsafeMutablePointer<Float> { rough.pointer + places[position] * stride }

    /// Whether the exponentials of doubles tell all scores apart from nothing.
    private var isWithinRange: Bool { spread < 600 }

    /// The value of `set` over that of every prompt's worst expert alone, on a fine grid: the order of prompts does not matter.
    /// - Throws: ``Interrupted`` when the caller gave up.
    func exactValue(_ set: ExpertSet, _ interrupt: Interrupt) throws(Interrupted) -> Double {
        let members = set.members
        guard !members.isEmpty else { return 0 }
        var columns: [UnsafePointer<Double>] = []
        for member in members where isWithinRange {
            try interrupt.checkCancellation()
            columns.append(exactColumn(member))
        }
        var sum: Int64 = 0
        for start in Swift.stride(from: 0, to: rows, by: Self.block) {
            try interrupt.checkCancellation()
            let length = min(Self.block, rows - start)
            if isWithinRange {
                sum &+= blockValue(columns, start, length)
            } else {
                for row in start..<start + length { sum &+= fine(slowValue(members, row)) }
            }
        }
        return Double(sum) / Self.ratio
    }

    /// Rows whose largest numbers stay in the fastest cache.
    private static let block = 256

    /// The value of the set with the exponentials `columns` on `length` rows.
    private func blockValue(_ columns: [UnsafePointer<Double>], _ start: Int, _ length: Int) -> Int64 {
        let kept = min(teamSize, columns.count)
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: (kept + 1) * Self.block) { memory in
            guard let pooled = memory.baseAddress else { return 0 }
            pooled.initialize(repeating: 0, count: Self.block)
            if kept == columns.count {
                for column in columns { for row in 0..<length { pooled[row] += column[start + row] } }
            } else {
                pool(columns, start, length, pooled, tops: pooled + Self.block, kept)
            }
            for row in 0..<length { pooled[row] = log(pooled[row]) }
            var sum: Int64 = 0
            let (height, weight) = (height.pointer + start, weight.pointer + start)
            for row in 0..<length { sum &+= fine(height[row] + weight[row] * pooled[row]) }
            return sum
        }
    }

    /// Adding 2⁵² · 1.5 leaves the nearest integer in the low bits: a conversion that vectorises.
    private func fine(_ value: Double) -> Int64 {
        Int64(bitPattern: (value * Self.ratio + 0x1.8p52).bitPattern) &- Int64(bitPattern: (0x1.8p52).bitPattern)
    }

    private func slowValue(_ members: [Int], _ row: Int) -> Double {
        let problem = model.problem
        let top = members.map { problem.scores[row, model.experts[$0]] }.sorted(by: >).prefix(teamSize)
        let best = top.first ?? 0
        let pooled = temperature * log(top.reduce(0) { $0 + exp(($1 - best) / temperature) })
        return (best - lowest.pointer[row] + pooled) * problem.weights[row] / unit
    }

    /// The sum of the `kept` largest numbers of every row.
    private func pool(
        _ columns: [UnsafePointer<Double>],
        _ start: Int,
        _ length: Int,
        _ pooled: UnsafeMutablePointer<Double>,
        tops: UnsafeMutablePointer<Double>,
        _ kept: Int
    ) {
        tops.initialize(repeating: 0, count: kept * Self.block)
        for column in columns {
            pooled.update(from: column + start, count: length)
            for place in 0..<kept {
                Kernel.variant.sort_scores(tops + place * Self.block, pooled, length)
            }
        }
        pooled.update(repeating: 0, count: length)
        for place in 0..<kept {
            let top = tops + place * Self.block
            for row in 0..<length { pooled[row] += top[row] }
        }
    }
}
