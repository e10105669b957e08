extension BranchAndBound {
    /// First sets: the caller's, grown as far as it goes, or two greedy ones.
    /// - Throws: ``Interrupted`` when not even the root could be loaded.
    func seed(_ root: Node, _ start: ExpertSet?) throws(Interrupted) {
        let free = root.free.members
        try relaxation.load(included: root.included, free: free, multipliers: nil, interrupt)
        greedy(root, free, from: start, byCost: true)
        let isWhole = start.map { usage.isWithinLimits($0.union(root.included)) } ?? false
        // What is left of a set that does not fit any more says little.
        if !isWhole, !interrupt.isDue { greedy(root, free, from: nil, byCost: start != nil) }
        if seedMultipliers == nil, !interrupt.isCancelled, let best {
            seedMultipliers = relaxation.multipliers(around: best.set)
        }
    }

    /// Grows a set by the largest gain, or gain per cost. Gains only fall as the set grows, so an old gain over the cost *now* bounds the
    /// key: a key is worked out again only when it comes out on top, or its cost changed.
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
        var gains = [Double](repeating: 0, count: free.count)
        let span = Interrupt.columns(model.problem.scores.prompts)
        for column in free.indices {
            if column % span == span - 1, interrupt.isCancelled { return }
            gains[column] = relaxation.marginal(column)
        }
        var age = [Int](repeating: 0, count: free.count)
        func key(_ column: Int) -> Double {
            byCost ? gains[column] / (share(free[column]) + 1e-6) : gains[column]
        }
        var queue = GreedyQueue(free.indices.filter { !set.contains(free[$0]) }.map { ($0, key($0)) })
        var steps = 0
        var looks = 0
        while let choice = queue.pop() {
            looks += 1
            if looks % span == 0, interrupt.isCancelled { return }
            guard usage.fits(free[choice]) else { continue }
            guard age[choice] == steps else {
                gains[choice] = relaxation.marginal(choice)
                age[choice] = steps
                queue.push(choice, key(choice))
                continue
            }
            if gains[choice] <= 0 || interrupt.isDue, !set.isEmpty { break }
            let host = model.host[free[choice]]
            let (wasOpen, energy) = (usage.isOpen(host: host), usage.marginalEnergy)
            usage.add(free[choice])
            set.insert(free[choice])
            relaxation.grow(choice)
            steps += 1
            guard byCost else { continue }
            if usage.marginalEnergy != energy {
                queue = GreedyQueue(queue.columns.map { ($0, key($0)) })
            } else if !wasOpen {
                queue.update(key, where: { model.host[free[$0]] == host })
            }
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
            if interrupt.isCancelled { return }
            if share[column] == 0, relaxation.marginal(column) <= 0 { continue }
            usage.add(free[column])
            set.insert(free[column])
            relaxation.grow(column)
        }
        let value = relaxation.grownValue
        if value + relaxation.slack >= best?.value ?? -.infinity { offer(set) }
    }

    /// `set`, whose value is `value`, without the members that add nothing, dearest first.
    func stripped(_ set: ExpertSet, worth value: Double, required: ExpertSet) -> ExpertSet {
        var result = set
        let needed = relaxation.needed(of: set).union(required)
        let order = set.members.filter { !needed.contains($0) }.sorted { left, right in
            model.energy[left] != model.energy[right]
                ? model.energy[left] > model.energy[right] : model.rank[left] > model.rank[right]
        }
        for member in order {
            if interrupt.isDue { break }
            result.remove(member)
            let rest = result.isEmpty ? nil : try? relaxation.exactValue(result, interrupt)
            if rest ?? -.infinity < value { result.insert(member) }
        }
        return result
    }
}
