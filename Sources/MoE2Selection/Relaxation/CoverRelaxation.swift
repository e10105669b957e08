import CMoE2Kernels

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The relaxation of T = 0: max over S of q ≤ λ + Σ over S of (q − λ)⁺ in every row, for every λ ≥ 0.
///
/// Loading folds the experts that are in into the rows, drops rows that no free expert improves, and turns rows that only one
/// improves into a fixed gain. Rows of right-or-wrong scores with the same free experts are merged.
final class CoverRelaxation: Relaxation {
    private let scores: CoverScores
    /// The exact values of a small T > 0, where the best score is all of a prompt's quality but T·log k.
    private let soft: SoftScores?
    private let blur: Double
    let gain: UnsafeMutablePointer<Double>
    private let gains: Buffer<Double>
    private let linear: Buffer<Double>
    private(set) var freeCount = 0
    private var free: [Int] = []
    private var loadedIncluded: ExpertSet?
    private var constant = 0.0
    private(set) var valueOfAll = 0.0

    /// Rows of the loaded problem, and with padding.
    private var rows = 0
    private var stride = 0
    private let data: Buffer<UInt16>
    private let cover: Buffer<UInt16>
    private let counts: Buffer<UInt16>
    private let indices: Buffer<Int32>
    private let slots: Buffer<Int32>
    private let level: Buffer<UInt16>
    private let rowCover: Buffer<UInt16>
    private let rowMaximum: Buffer<UInt16>
    private let grown: Buffer<UInt16>
    private let position: Buffer<Float>
    private let direction: Buffer<Float>
    private let start: Multipliers
    private var inherited: Multipliers
    private let uniform: UniformRows?
    /// Linear gains by column of the scores, for rows of bits.
    private let linearByColumn: Buffer<Double>
    private let amounts: Buffer<UInt16>
    /// Rows of the scores that the loaded rows stand for.
    private var kept = 0
    private var grownConstant = 0.0

    /// The relaxation of `model`, with room for `spare` more experts.
    /// - Throws: ``Interrupted``.
    init(
        _ model: Model,
        exact soft: SoftScores? = nil,
        spare: Int = 0,
        _ interrupt: Interrupt
    ) throws(Interrupted) {
        let scores = try CoverScores(model, mayBeGrid: soft == nil, spare: spare, interrupt)
        self.scores = scores
        self.soft = soft
        blur = soft.map { $0.temperature * log(Double($0.teamSize)) / scores.unit } ?? 0
        let capacity = scores.stride
        gains = Buffer(scores.capacity, 0)
        gain = gains.pointer
        linear = Buffer(scores.capacity, 0)
        data = Buffer(unwritten: capacity * scores.capacity)
        cover = Buffer(capacity, 0)
        counts = Buffer(capacity, 0)
        indices = Buffer(capacity, 0)
        slots = Buffer(capacity, 0)
        level = Buffer(capacity, 0)
        rowCover = Buffer(capacity, 0)
        rowMaximum = Buffer(capacity, 0)
        grown = Buffer(capacity, 0)
        position = Buffer(capacity, 0)
        direction = Buffer(capacity, 0)
        start = Multipliers(Buffer(capacity, 0))
        inherited = start
        uniform = try UniformRows(scores, interrupt)
        linearByColumn = Buffer(scores.capacity, 0)
        amounts = Buffer(capacity, 0)
    }

    func adopt(_ model: Model, _ interrupt: Interrupt) throws(Interrupted) -> Bool {
        // Values of a T > 0 are relative to the best of each prompt, which a newcomer changes.
        guard soft == nil, scores.adopt(model), try uniform?.takeUp(scores, interrupt) ?? true else { return false }
        loadedIncluded = nil
        return true
    }

    var slack: Double { scores.slack + blur }

    var unit: Double { scores.unit }
    var grain: Double { Double(scores.grain) }

    func exactValue(_ set: ExpertSet, _ interrupt: Interrupt) throws(Interrupted) -> Double {
        guard let soft else { return try scores.exactValue(set, interrupt) }
        return try soft.exactValue(set, interrupt) * soft.unit / scores.unit
    }

    func needed(of set: ExpertSet) -> ExpertSet {
        // What a small T > 0 adds to the best scores is not in these columns.
        guard soft == nil else { return ExpertSet(capacity: set.words.count * 64) }
        let (_, second) = bestTwo(of: set)
        // Every rounded number may be off by half a step.
        let uncertainty = grain > 0 ? 0 : Double(scores.rows) + 1
        let members = set.members.filter { member in
            Kernel.excess(scores.column(member), over: second.pointer, scores.stride) > uncertainty
        }
        return ExpertSet(capacity: set.words.count * 64, members)
    }

    /// The best and the second best number of every row.
    private func bestTwo(of set: ExpertSet) -> (Buffer<UInt16>, Buffer<UInt16>) {
        let (best, second) = (Buffer<UInt16>(scores.stride, 0), Buffer<UInt16>(scores.stride, 0))
        for member in set.members {
            Kernel.variant.raise_two(best.pointer, second.pointer, scores.column(member), scores.stride)
        }
        return (best, second)
    }

    /// Multipliers between the best and the second best of a set, where the bound for it is tight.
    func multipliers(around set: ExpertSet) -> Multipliers {
        let result = Multipliers(Buffer(scores.stride, 0))
        let (best, second) = bestTwo(of: set)
        for row in 0..<scores.stride {
            let mixed = (UInt32(best.pointer[row]) * 3 + UInt32(second.pointer[row])) >> 2
            result.values.pointer[row] = UInt16(truncatingIfNeeded: mixed)
        }
        return result
    }

    func load(
        included: ExpertSet,
        free: [Int],
        multipliers: Multipliers?,
        _ interrupt: Interrupt
    ) throws(Interrupted) {
        guard included != loadedIncluded || free != self.free else { return adopt(multipliers ?? start) }
        loadedIncluded = nil
        self.free = free
        freeCount = free.count
        if let uniform { loadBits(uniform, included) } else { try loadColumns(included, interrupt) }
        valueOfAll = constant + Kernel.sum(rowMaximum.pointer, stride)
        for column in 0..<freeCount { valueOfAll += linear.pointer[column] }
        adopt(multipliers ?? start)
        loadedIncluded = included
    }

    private func loadColumns(_ included: ExpertSet, _ interrupt: Interrupt) throws(Interrupted) {
        let all = scores.stride
        cover.pointer.update(repeating: 0, count: all)
        counts.pointer.update(repeating: 0, count: all)
        included.forEach { Kernel.raise(cover.pointer, to: scores.column($0), all) }
        constant = Kernel.sum(cover.pointer, all)
        try forEachFree(interrupt) { Kernel.count(counts.pointer, scores.column($1), above: cover.pointer, by: 1, all) }
        try takeSingles(all, interrupt)
        try compact(all, interrupt)
    }

    /// Calls `body` with the column and the position of every free expert, with a look at the interrupt now and then.
    private func forEachFree(_ interrupt: Interrupt, _ body: (Int, Int) -> Void) throws(Interrupted) {
        let span = Interrupt.columns(scores.stride)
        for (column, member) in free.enumerated() {
            try interrupt.check(at: column, every: span)
            body(column, member)
        }
    }

    private func loadBits(_ uniform: UniformRows, _ included: ExpertSet) {
        linearByColumn.pointer.update(repeating: 0, count: linearByColumn.count)
        let loaded = uniform.load(
            included: bits(included.members),
            free: bits(free),
            linear: linearByColumn.pointer,
            amounts: amounts.pointer,
            indices: indices.pointer,
            slots: slots.pointer
        )
        constant = loaded.constant
        kept = loaded.kept
        rows = loaded.rows
        stride = Kernel.padded(rows)
        rowCover.pointer.update(repeating: 0, count: kept)
        // Two or more free experts have every merged row.
        rowMaximum.pointer.update(from: amounts.pointer, count: stride)
        for (column, member) in free.enumerated() {
            let place = scores.place(member)
            linear.pointer[column] = linearByColumn.pointer[place]
            uniform.write(place, self.column(column), amounts: amounts.pointer, rows: stride)
        }
    }

    private func bits(_ members: [Int]) -> moe2_bits {
        var bits = moe2_bits(low: 0, high: 0)
        for member in members {
            let place = scores.place(member)
            if place < 64 { bits.low |= 1 << UInt64(place) } else { bits.high |= 1 << UInt64(place - 64) }
        }
        return bits
    }

    private func column(_ column: Int) -> UnsafeMutablePointer<UInt16> { data.pointer + column * stride }

    /// Rows that one free expert alone improves are a fixed gain of it.
    private func takeSingles(_ all: Int, _ interrupt: Interrupt) throws(Interrupted) {
        // The mask of these rows borrows the buffer that the compacted rows' cover is put into next.
        let mask = rowCover.pointer
        let counts = counts.pointer
        for row in 0..<all { mask[row] = counts[row] == 1 ? .max : 0 }
        try forEachFree(interrupt) { column, member in
            linear.pointer[column] = Kernel.excess(scores.column(member), over: cover.pointer, where: mask, all)
        }
    }

    /// Copies the rows that two or more free experts improve. Picking rows costs as much as several bounds: only when most can go.
    private func compact(_ all: Int, _ interrupt: Interrupt) throws(Interrupted) {
        let (indices, counts) = (indices.pointer, counts.pointer)
        var kept = 0
        for row in 0..<all {
            indices[kept] = Int32(truncatingIfNeeded: row)
            kept += counts[row] > 1 ? 1 : 0
        }
        let isPicked = kept * 2 < scores.rows
        if isPicked {
            for place in 0..<kept { rowCover.pointer[place] = cover.pointer[Int(indices[place])] }
        } else {
            kept = scores.rows
            // Nothing is above the largest number: the other rows become zeros.
            for row in 0..<kept {
                indices[row] = Int32(truncatingIfNeeded: row)
                rowCover.pointer[row] = counts[row] > 1 ? cover.pointer[row] : Self.dead
            }
        }
        self.kept = kept
        rows = kept
        stride = Kernel.padded(kept)
        for row in kept..<stride { rowCover.pointer[row] = Self.dead }
        rowMaximum.pointer.update(repeating: 0, count: stride)
        try forEachFree(interrupt) { column, member in
            let target = self.column(column)
            if isPicked { Kernel.gather(target, scores.column(member), rows: indices, kept) }
            Kernel.lower(target, isPicked ? target : scores.column(member), by: rowCover.pointer, stride)
            Kernel.raise(rowMaximum.pointer, to: target, stride)
        }
        for place in 0..<kept { slots.pointer[place] = Int32(truncatingIfNeeded: place) }
    }

    /// The cover of a row that counts no more.
    private static let dead = UInt16.max

    func adopt(_ multipliers: Multipliers) {
        inherited = multipliers
        direction.pointer.update(repeating: 0, count: stride)
        let (level, inherited) = (level.pointer, inherited.values.pointer)
        level.update(repeating: 0, count: stride)
        for place in 0..<kept {
            let (own, floor) = (inherited[Int(indices.pointer[place])], rowCover.pointer[place])
            let slot = Int(slots.pointer[place])
            level[slot] = UInt16(clamping: UInt32(level[slot]) + UInt32(own > floor ? own - floor : 0))
        }
        for row in 0..<stride {
            level[row] = min(level[row], rowMaximum.pointer[row])
            position.pointer[row] = Float(level[row])
        }
    }

    /// Rounded gains do not tell exact ones apart: then only whole columns are compared, once. A small T > 0 is more than the best score.
    func canCompare(depth: Int) -> Bool { soft == nil && (grain > 0 || depth == 0) }

    func gainsAtLeast(_ one: Int, _ other: Int) -> Bool {
        // What is in `linear` no other expert gains.
        guard linear.pointer[other] == 0, !scores.isLow(free[one]),
            Kernel.isCovered(column(other), by: column(one), stride)
        else { return false }
        return grain > 0 || scores.isCovered(free[other], by: free[one])
    }

    func evaluate() -> Double {
        for column in 0..<freeCount {
            gain[column] = linear.pointer[column] + Kernel.excess(self.column(column), over: level.pointer, stride)
        }
        return constant + Kernel.sum(level.pointer, stride)
    }

    func pace(depth: Int) -> Pace {
        if depth == 0 { return Pace(reach: 1, decay: 0.5, patience: 4, steps: 200) }
        // With right-or-wrong scores a bound must come below the next value: longer steps, and fewer, get there sooner.
        return uniform != nil
            ? Pace(reach: 1.5, decay: 0.5, patience: 4, steps: 14) : Pace(reach: 1, decay: 0.5, patience: 4, steps: 20)
    }

    func step(share: UnsafePointer<Float>, excess: Double) {
        let hits = counts.pointer
        hits.update(repeating: 0, count: stride)
        var support = 0
        for column in 0..<freeCount where share[column] > 0 { support += 1 }
        let scale = min(256, 65535 / max(support, 1))
        for column in 0..<freeCount where share[column] > 0 {
            let weight = UInt16((share[column] * Float(scale)).rounded())
            Kernel.count(hits, self.column(column), above: level.pointer, by: weight, stride)
        }
        let variant = Kernel.variant
        // Without the parts of the subgradient that the rows' range blocks.
        let norm = variant.turn(
            direction.pointer,
            hits,
            1 / Float(scale),
            position.pointer,
            rowMaximum.pointer,
            stride
        )
        guard norm > 0 else { return }
        let length = Float(excess) / norm
        variant.move(position.pointer, level.pointer, direction.pointer, length, rowMaximum.pointer, stride)
    }

    func multipliers() -> Multipliers {
        let result = Buffer<UInt16>(scores.stride, 0)
        result.pointer.update(from: inherited.values.pointer, count: scores.stride)
        var next = 0
        for place in 0..<kept where rowCover.pointer[place] != Self.dead {
            let slot = Int(slots.pointer[place])
            // Only the first of merged rows carries their multiplier.
            let own = slot == next ? UInt32(level.pointer[slot]) : 0
            if slot == next { next += 1 }
            result.pointer[Int(indices.pointer[place])] = UInt16(clamping: UInt32(rowCover.pointer[place]) + own)
        }
        return Multipliers(result)
    }

    func startSet() {
        grown.pointer.update(repeating: 0, count: stride)
        grownConstant = constant
    }

    func marginal(_ column: Int) -> Double {
        linear.pointer[column] + Kernel.excess(self.column(column), over: grown.pointer, stride)
    }

    func grow(_ column: Int) {
        Kernel.raise(grown.pointer, to: self.column(column), stride)
        grownConstant += linear.pointer[column]
    }

    var grownValue: Double { grownConstant + Kernel.sum(grown.pointer, stride) }
}
