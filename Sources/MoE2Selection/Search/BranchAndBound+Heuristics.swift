extension BranchAndBound {
    /// First sets: the caller's, grown as far as it goes, or two greedy ones.
    func seed(_ root: Node, _ start: ExpertSet?) {
        let free = root.free.members
        relaxation.load(included: root.included, free: free, multipliers: nil)
        greedy(root, free, from: start, byCost: true)
        let isWhole = start.map { usage.isWithinLimits($0.union(root.included)) } ?? false
        // What is left of a set that does not fit any more says little.
        if !isWhole, !interrupt.isDue { greedy(root, free, from: nil, byCost: start != nil) }
        if seedMultipliers == nil, let best { seedMultipliers = relaxation.multipliers(around: best.set) }
    }

    /// Grows a set by the largest gain, or gain per cost. Gains only fall as the set grows, so an old gain over the cost *now* bounds the
    /// key; costs change when a host opens and are never kept.
    private func greedy(_ root: Node, _ free: [Int], from start: ExpertSet?, byCost: Bool) {
        relaxation.startSet()
        usage.reset(to: root.included)
        var set = root.included
        if let start {
            for (column, member) in free.enumerated() where start.contains(member) && usage.fits(member) {
                usage.add(member)
                set.insert(member)
                relaxation.grow(column)
            }
        }
        var gains = free.indices.map { relaxation.marginal($0) }
        var isFresh = [Bool](repeating: true, count: free.count)
        var isLeft = free.map { !set.contains($0) }
        while true {
            var choice = -1
            var largest = -1.0
            for column in free.indices where isLeft[column] {
                let key = byCost ? gains[column] / (share(free[column]) + 1e-6) : gains[column]
                guard key > largest else { continue }
                if usage.fits(free[column]) {
                    largest = key
                    choice = column
                } else {
                    isLeft[column] = false
                }
            }
            guard choice >= 0 else { break }
            guard isFresh[choice] else {
                gains[choice] = relaxation.marginal(choice)
                isFresh[choice] = true
                continue
            }
            if gains[choice] <= 0 || interrupt.isDue, !set.isEmpty { break }
            usage.add(free[choice])
            set.insert(free[choice])
            relaxation.grow(choice)
            isLeft[choice] = false
            for column in free.indices { isFresh[column] = false }
        }
        offer(set)
    }

    /// The largest share of what a limit has left that adding `member` takes.
    private func share(_ member: Int) -> Double {
        let host = model.host[member]
        var share = 0.0
        if model.energyBudget < .infinity { share = usage.addedCost(member) / max(model.energyBudget, 1) }
        if model.powerBudget < .infinity, !usage.isOpen(host: host) {
            share = max(share, model.idle[host] / max(model.powerBudget, 1))
        }
        if model.maximumExperts < model.count { share = max(share, 1 / Double(model.maximumExperts)) }
        if model.memoryBudget[host] < .infinity {
            share = max(share, 0.1 * model.memory[member] / max(model.memoryBudget[host], 1))
        }
        return share
    }

    /// Rounds the fractional choice of the last bound to a feasible set.
    func round(_ node: Node, _ free: [Int]) {
        let share = packing.share.pointer
        let gain = relaxation.gain
        let order = free.indices.filter { gain[$0] > 0 }.sorted { left, right in
            share[left] != share[right] ? share[left] > share[right] : gain[left] > gain[right]
        }
        relaxation.startSet()
        usage.reset(to: node.included)
        var set = node.included
        for column in order where node.free.contains(free[column]) && usage.fits(free[column]) {
            if share[column] == 0, relaxation.marginal(column) <= 0 { continue }
            usage.add(free[column])
            set.insert(free[column])
            relaxation.grow(column)
        }
        let value = relaxation.grownValue
        if value + relaxation.slack >= best?.value ?? -.infinity { offer(set) }
    }

    /// `set` without the members that add nothing, dearest first.
    func stripped(_ set: ExpertSet, required: ExpertSet) -> ExpertSet {
        var result = set
        let value = relaxation.exactValue(set)
        let order = set.members.filter { !required.contains($0) }.sorted { left, right in
            model.energy[left] != model.energy[right]
                ? model.energy[left] > model.energy[right] : model.rank[left] > model.rank[right]
        }
        for member in order {
            result.remove(member)
            if result.isEmpty || relaxation.exactValue(result) < value { result.insert(member) }
        }
        return result
    }
}
