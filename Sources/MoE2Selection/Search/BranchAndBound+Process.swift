extension BranchAndBound {
    /// Bounds a node, fixes what it can, and splits what is left; the child to go on with comes last.
    func process(_ start: Node) -> [Node] {
        var node = start
        while true {
            guard let free = reduce(&node) else { return [] }
            if free.isEmpty {
                offer(node.included)
                return []
            }
            if usage.isWithinLimits(node.included.union(node.free)), isSettled(node, offering: true) { return [] }
            do throws(Interrupted) {
                try relaxation.load(
                    included: node.included,
                    free: free,
                    multipliers: node.multipliers,
                    interrupt
                )
                if try dropDominated(&node, free) { continue }
            } catch {
                markInterrupted()
                return [node]
            }
            node.bound = min(node.bound, relaxation.valueOfAll)
            if isClosed(node) || holdsOnlyTies(node) { return [] }
            let outcome = improve(&node, free)
            if node.depth == 0 { rootMultipliers = node.multipliers ?? relaxation.multipliers() }
            switch outcome {
            case .closed: return []
            case .interrupted:
                markInterrupted()
                return [node]
            case .fixed: continue
            case .branch: return branch(node, free)
            }
        }
    }

    /// Drops free experts that no best set holds; whether there were any.
    /// - Throws: ``Interrupted``.
    private func dropDominated(_ node: inout Node, _ free: [Int]) throws(Interrupted) -> Bool {
        guard relaxation.canCompare(depth: node.depth), free.count > 1 else { return false }
        usage.reset(to: node.included)
        let dominated = try dominance.dominated(free, usage, interrupt, gainsAtLeast: relaxation.gainsAtLeast)
        for place in dominated { node.free.remove(free[place]) }
        return !dominated.isEmpty
    }

    enum Outcome {
        case closed, fixed, branch, interrupted
    }

    private func isClosed(_ node: Node) -> Bool {
        guard isBeaten(node.bound) else { return isBreakingTies && losesTies(node) }
        keepForTies(node)
        return true
    }

    /// Whether only a cheaper set of the same value could be left to find, and it was not; `offering` all of the node, which must then be within
    /// the limits, when that is no worse than the best set.
    private func isSettled(_ node: Node, offering: Bool = false) -> Bool {
        let set = node.included.union(node.free)
        guard let all = try? relaxation.exactValue(set, interrupt) else { return false }
        if let best, all < best.value { return true }
        if offering { offer(stripped(set, worth: all, required: node.included)) }
        guard let best else { return false }
        return all == best.value && losesTies(node)
    }

    /// Whether no set of a node that holds only equally good ones is preferred to the best, now that its smallest was looked at.
    private func losesTies(_ node: Node) -> Bool {
        offer(node.included)
        return cannotWinTie(node.included)
    }

    /// Drops free experts that fit no more; nil when nothing feasible is left.
    private func reduce(_ node: inout Node) -> [Int]? {
        usage.reset()
        let ceiling = model.levels[node.high]
        var above = 0
        for member in node.included.members {
            guard usage.fits(member) else { return nil }
            usage.add(member)
            if model.energy[member] > ceiling { above += 1 }
        }
        // The k-th largest energy is at most the ceiling: at most k − 1 are above it.
        let hasLevels = model.levels.count > 1
        if hasLevels, above > model.teamSize - 1 { return nil }
        var kept: [Int] = []
        for member in node.free.members {
            let isOver = hasLevels && above == model.teamSize - 1 && model.energy[member] > ceiling
            if !isOver, usage.fits(member) { kept.append(member) } else { node.free.remove(member) }
        }
        return kept
    }

    private func preparePacking(_ node: Node, _ free: [Int], low: Int, high: Int) {
        let ceiling = model.levels[high]
        usage.reset(to: node.included)
        var used = 0.0
        node.included.forEach { used += max(0, model.energy[$0] - ceiling) }
        packing.prepare(free: free, usage: usage, low: model.levels[low], high: ceiling, usedEnergy: used)
    }

    /// Lowers the node's bound by moving the multipliers, and fixes experts on the way.
    private func improve(_ node: inout Node, _ free: [Int]) -> Outcome {
        preparePacking(node, free, low: node.low, high: node.high)
        let pace = relaxation.pace(depth: node.depth)
        var reach = pace.reach
        var stall = 0
        var lowest = Double.infinity
        var fixed = 0
        var isDead = [Bool](repeating: false, count: free.count)
        for iteration in 0..<pace.steps {
            if interrupt.isDue {
                node.multipliers = relaxation.multipliers()
                return .interrupted
            }
            let constant = relaxation.evaluate()
            if interrupt.isCancelled { return .interrupted }
            for column in free.indices where isDead[column] { relaxation.gain[column] = 0 }
            let bound = constant + packing.bound(relaxation.gain)
            if bound < lowest - 1e-4 * abs(lowest - (best?.value ?? 0)) {
                stall = 0
            } else {
                stall += 1
            }
            lowest = min(lowest, bound)
            node.bound = min(node.bound, bound)
            if isClosed(node) { return .closed }
            if iteration % 4 == 0 || iteration == pace.steps - 1 {
                let found = fix(&node, free, bound, &isDead)
                fixed += found
                if fixed * 6 >= free.count {
                    node.multipliers = relaxation.multipliers()
                    return .fixed
                }
                if interrupt.isCancelled { return .interrupted }
                if iteration % 8 == 0 { round(node, free) }
                if interrupt.isCancelled { return .interrupted }
            }
            if stall >= pace.patience {
                reach *= pace.decay
                stall = 0
                if reach < 0.05 { break }
            }
            let target = best.map { $0.value - relaxation.slack } ?? bound * 0.99
            packing.adjustGroupPrices(gap: bound - target)
            relaxation.step(share: packing.share.pointer, excess: reach * max(bound - target, 1))
        }
        node.multipliers = relaxation.multipliers()
        // A few fixed experts are left to the children: loading the node again costs more than it gains.
        return fixed * 10 > free.count ? .fixed : .branch
    }

    /// Near the best value the rounded bound cannot tell better from equal; the exact value of everything sometimes can.
    private func holdsOnlyTies(_ node: Node) -> Bool {
        guard relaxation.grain == 0, let best, node.bound <= best.value + relaxation.slack else { return false }
        return isSettled(node)
    }

    /// Fixes free experts that no better set can have, or can do without.
    private func fix(_ node: inout Node, _ free: [Int], _ bound: Double, _ isDead: inout [Bool]) -> Int {
        packing.penalties(whenIn: whenIn.pointer, whenOut: whenOut.pointer)
        var fixed = 0
        for (column, member) in free.enumerated() where !isDead[column] && node.free.contains(member) {
            let (with, without) = (bound - whenIn.pointer[column], bound - whenOut.pointer[column])
            guard isBeaten(with) || isBeaten(without) else { continue }
            var other = node
            other.free.remove(member)
            other.multipliers = nil
            node.free.remove(member)
            if isBeaten(with) {
                isDead[column] = true
                other.included.insert(member)
                other.bound = with
            } else {
                node.included.insert(member)
                other.bound = without
            }
            keepForTies(other)
            fixed += 1
        }
        return fixed
    }

    private func branch(_ node: Node, _ free: [Int]) -> [Node] {
        if node.low < node.high, let halves = splitLevels(node, free) { return halves }
        var choice = -1
        var largest = -1.0
        for column in free.indices where node.free.contains(free[column]) {
            let share = Double(packing.share.pointer[column])
            let weight = (min(share, 1 - share) + 0.02) * (relaxation.gain[column] + 1e-9)
            if weight > largest {
                largest = weight
                choice = column
            }
        }
        guard choice >= 0 else { return [node] }
        var out = node
        out.free.remove(free[choice])
        out.depth += 1
        var into = out
        into.included.insert(free[choice])
        return packing.share.pointer[choice] >= 0.3 ? [out, into] : [into, out]
    }

    /// Splits the range of the k-th largest energy when that lowers the bound.
    private func splitLevels(_ node: Node, _ free: [Int]) -> [Node]? {
        let middle = (node.low + node.high) / 2
        var halves: [Node] = []
        let constant = relaxation.evaluate()
        for (low, high) in [(node.low, middle), (middle + 1, node.high)] {
            preparePacking(node, free, low: low, high: high)
            var half = node
            half.low = low
            half.high = high
            half.depth += 1
            half.bound = min(node.bound, constant + packing.bound(relaxation.gain))
            halves.append(half)
        }
        let cut = best?.value ?? -.infinity
        let gain = node.bound - min(halves[0].bound, halves[1].bound)
        if gain < 0.1 * (node.bound - cut) {
            preparePacking(node, free, low: node.low, high: node.high)
            _ = packing.bound(relaxation.gain)
            return nil
        }
        for half in halves where isBeaten(half.bound) { keepForTies(half) }
        return halves.filter { !isBeaten($0.bound) }.sorted { $0.bound < $1.bound }
    }
}
