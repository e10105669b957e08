import CMoE2Kernels

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The relaxation of T > 0, k ≥ 2: a bound on T·log of the k largest exponentials that is linear in the set.
///
/// With y = exp((s − row maximum)/T), for every level c = 1/a > 0 and share 0 ≤ b ≤ 1/k of a row,
/// log Σ_{top-k of S} y ≤ −log a − 1 + k·b + Σ over S of φ(a·y), where φ(z) = (z − b)⁺ for z ≤ 1: the tangent of the logarithm at c and
/// the usual bound of a sum of k largest. Beyond z = 1 the tangent would grow exponentially in the score;
/// φ(z) = log(z + (k − 1)·b) + 1 − k·b is enough there (docs/decisions has the proof) and keeps the bound
/// tight for experts that are far better than the rest. Of the experts that are in, only the k largest of a row can count; rows in which
/// no free expert is among the k largest are a constant.
final class SoftRelaxation: Relaxation {
    private let scores: SoftScores
    let gain: UnsafeMutablePointer<Double>
    private let gains: Buffer<Double>
    let slack: Double
    /// What a set is worth when k experts have the best score of every prompt, and the weights of all prompts together.
    private let ceiling: Double
    private let weights: Double
    /// Whether every expert counts, so that the k largest are the whole set.
    private let isShared: Bool

    private var includedSet: ExpertSet?
    private var free: [Int] = []
    /// The experts that are in, over all rows.
    private let base: SoftTops
    private var baseSet: ExpertSet
    private let rowMaximum: Buffer<Float>

    /// Rows of the loaded problem, with padding, and which of all rows they are.
    private var stride = 0
    private var rows = 0
    private let indices: Buffer<Int32>
    private var isCompact = false
    private let data: Buffer<Float>
    private let baseRows: SoftTops
    private let grown: SoftTops
    /// The value of the rows that are not loaded, and the height of those that are.
    private var dropped = 0.0
    private var height = 0.0

    private let multiplier: SoftMultipliers
    private let start: Multipliers
    private var inherited: Multipliers

    /// The relaxation of `scores`.
    init(_ scores: SoftScores) {
        self.scores = scores
        let stride = scores.stride
        gains = Buffer(scores.capacity, 0)
        gain = gains.pointer
        isShared = scores.teamSize >= scores.capacity
        let count = isShared ? 0 : scores.teamSize
        base = SoftTops(count: count, stride: stride)
        baseRows = SoftTops(count: count, stride: stride)
        grown = SoftTops(count: count, stride: stride)
        baseSet = ExpertSet(capacity: scores.capacity)
        base.clear(stride)
        rowMaximum = Buffer(stride, 0)
        indices = Buffer(stride, 0)
        data = Buffer(unwritten: isShared ? 0 : stride * scores.capacity)
        var total = 0.0
        for row in 0..<stride { total += scores.height.pointer[row] + 4 * scores.weight.pointer[row] }
        let logarithm = log(Double(scores.teamSize))
        var (ceiling, weights) = (0.0, 0.0)
        for row in 0..<scores.rows {
            ceiling += scores.height.pointer[row] + scores.weight.pointer[row] * logarithm
            weights += scores.weight.pointer[row]
        }
        self.ceiling = ceiling
        self.weights = weights
        // Products and sums of 24-bit numbers in blocks of 128, with exponentials to 3e-7.
        slack = 2e-6 * total
        multiplier = SoftMultipliers(stride: stride, teamSize: scores.teamSize, columns: scores.capacity)
        start = multiplier.neutral()
        inherited = start
    }

    var unit: Double { scores.unit }
    var grain: Double { 0 }
    var freeCount: Int { free.count }
    /// As if k experts had the best score of every prompt: the multipliers' bound is soon below the value of all, which would cost as
    /// much as two of them.
    var valueOfAll: Double { ceiling + (scores.hasNewcomers ? weights * SoftScores.highestExponent : 0) }

    func adopt(_ model: Model, _ interrupt: Interrupt) throws(Interrupted) -> Bool {
        includedSet = nil
        base.clear(scores.stride)
        baseSet = ExpertSet(capacity: model.count)
        return scores.adopt(model)
    }

    func exactValue(_ set: ExpertSet, _ interrupt: Interrupt) throws(Interrupted) -> Double {
        try scores.exactValue(set, interrupt)
    }

    func load(
        included: ExpertSet,
        free: [Int],
        multipliers: Multipliers?,
        _ interrupt: Interrupt
    ) throws(Interrupted) {
        if included != includedSet || free != self.free {
            includedSet = nil
            self.free = free
            fold(included)
            try choose(interrupt)
            baseRows.copy(base, rows: listed, rows)
            includedSet = included
        }
        adopt(multipliers ?? start)
    }

    /// The rows that are loaded, when they are not all.
    private var listed: UnsafePointer<Int32>? { isCompact ? UnsafePointer(indices.pointer) : nil }

    /// Brings the k largest of the experts that are in up to date; a child of the last node has a few more.
    private func fold(_ included: ExpertSet) {
        if baseSet.isEmpty || !included.isSuperset(of: baseSet) {
            base.clear(scores.stride)
            baseSet = ExpertSet(capacity: included.words.count * 64)
        }
        included.forEach { if !baseSet.contains($0) { base.add(scores.column($0), scores.stride) } }
        baseSet = included
    }

    /// Chooses the rows in which a free expert can be among the k largest, and copies them when they are few enough.
    private func choose(_ interrupt: Interrupt) throws(Interrupted) {
        let all = scores.rows
        dropped = 0
        height = 0
        isCompact = false
        rows = all
        stride = scores.stride
        if let floor = base.last {
            let maximum = rowMaximum.pointer
            maximum.update(repeating: 0, count: stride)
            let span = Interrupt.columns(stride)
            for (place, member) in free.enumerated() {
                try interrupt.check(at: place, every: span)
                Kernel.variant.raise_soft(maximum, scores.column(member), stride)
            }
            var kept = 0
            for row in 0..<all {
                indices.pointer[kept] = Int32(truncatingIfNeeded: row)
                if maximum[row] > floor[row] { kept += 1 }
            }
            isCompact = kept * 4 < all * 3
            if isCompact { compact(kept) }
        }
        multiplier.load(scores.roughWeight.pointer, rows: listed, rows)
        for place in 0..<rows { height += scores.height.pointer[isCompact ? Int(indices.pointer[place]) : place] }
    }

    private func compact(_ kept: Int) {
        rows = kept
        stride = Kernel.padded(kept)
        var next = 0
        for row in 0..<scores.rows {
            if next < kept, indices.pointer[next] == row {
                next += 1
            } else {
                dropped += scores.height.pointer[row] + scores.weight.pointer[row] * Double(log(base.sum[row]))
            }
        }
        for (column, member) in free.enumerated() {
            let (source, target) = (scores.column(member), data.pointer + column * stride)
            for place in 0..<kept { target[place] = source[Int(indices.pointer[place])] }
            for place in kept..<stride { target[place] = 0 }
        }
    }

    private func column(_ column: Int) -> UnsafePointer<Float> {
        UnsafePointer(isCompact ? data.pointer + column * stride : scores.column(free[column]))
    }

    func adopt(_ multipliers: Multipliers) {
        inherited = multipliers
        multiplier.gather(multipliers, rows: listed)
    }

    func multipliers() -> Multipliers { multiplier.scatter(inherited, rows: listed) }

    func multipliers(around set: ExpertSet) -> Multipliers { multiplier.around(tops(of: set), rows: scores.rows) }

    /// The k + 1 largest exponentials of every row, or their sum when all count.
    private func tops(of set: ExpertSet) -> SoftTops {
        let tops = SoftTops(count: isShared ? 0 : scores.teamSize + 1, stride: scores.stride)
        tops.clear(scores.stride)
        set.forEach { tops.add(scores.column($0), scores.stride) }
        return tops
    }

    func needed(of set: ExpertSet) -> ExpertSet {
        let tops = tops(of: set)
        // Without a member whose exponential is y a row's sum z falls by y less the largest y' that did not count: its logarithm by at least
        // log(1 + (y − y')/z). Values are rounded to whole fine steps in every row, exponentials and logarithms to 1e-6.
        let uncertainty = Double(scores.rows) / SoftScores.ratio + 1e-5 * weights + 1
        let members = set.members.filter { member in
            tops.marginal(scores.column(member), scores.roughWeight.pointer, scores.stride) > uncertainty
        }
        return ExpertSet(capacity: set.words.count * 64, members)
    }

    /// Calls `body` with what stands for the experts that are in: their k largest, or their sum when all count.
    private func forEachBase(_ body: (UnsafePointer<Float>) -> Void) {
        let members = includedSet?.count ?? 0
        if isShared {
            if members > 0 { body(baseRows.sum) }
        } else {
            for place in 0..<min(members, scores.teamSize) { body(baseRows.top(place)) }
        }
    }

    /// With two or more in a team a lesser expert still adds to a set that holds the greater one.
    func canCompare(depth: Int) -> Bool { false }

    func gainsAtLeast(_ one: Int, _ other: Int) -> Bool { false }

    func evaluate() -> Double {
        var total = dropped + height + multiplier.constant
        forEachBase { total += multiplier.bound($0) }
        for column in free.indices { gain[column] = multiplier.bound(self.column(column)) }
        return total
    }

    func pace(depth: Int) -> Pace {
        depth == 0
            ? Pace(reach: 1, decay: 0.6, patience: 2, steps: 200) : Pace(reach: 0.7, decay: 0.5, patience: 4, steps: 12)
    }

    func step(share chosen: UnsafePointer<Float>, excess: Double) {
        multiplier.clearHits()
        forEachBase { multiplier.hit($0, by: 1) }
        for column in free.indices where chosen[column] > 0 {
            multiplier.hit(self.column(column), by: chosen[column])
        }
        multiplier.move(excess: excess)
    }

    func startSet() { grown.copy(baseRows, rows: nil, rows) }

    func marginal(_ column: Int) -> Double {
        grown.marginal(self.column(column), UnsafePointer(multiplier.weight.pointer), stride)
    }

    func grow(_ column: Int) { grown.add(self.column(column), stride) }

    var grownValue: Double {
        dropped + height + Kernel.variant.soft_logarithms(grown.sum, multiplier.weight.pointer, stride)
    }
}
