/// Best-first branch, reduce and bound with plunging: exact, anytime and deterministic.
final class BranchAndBound<R: Relaxation> {
    let model: Model
    let relaxation: R
    let packing: Packing
    let usage: Usage
    let dominance: Dominance
    let interrupt: Interrupt
    let gapTarget: Double
    let whenIn: Buffer<Double>
    let whenOut: Buffer<Double>

    private(set) var best: Incumbent?
    private(set) var nodes = 0
    private(set) var isInterrupted = false
    /// Nodes that may hold an equally good set, never a better one.
    private var ties: [Node] = []
    var isBreakingTies = false
    private var queue = NodeQueue()
    /// Where the root's multipliers start.
    var seedMultipliers: Multipliers?
    /// Where they were when the root was done: a start for a problem much like this one.
    var rootMultipliers: Multipliers?
    /// Sets whose exact value is known: heuristics find the same ones again and again.
    private var offered: Set<ExpertSet> = []
    private static var offerCapacity: Int { 4096 }
    /// More nodes than this are not kept for ties.
    private static var tieCapacity: Int { 20_000 }

    init(_ model: Model, _ relaxation: R, interrupt: Interrupt, gapTarget: Double) {
        self.model = model
        self.relaxation = relaxation
        self.interrupt = interrupt
        self.gapTarget = gapTarget
        packing = Packing(model)
        usage = Usage(model)
        dominance = Dominance(model)
        whenIn = Buffer(model.count, 0)
        whenOut = Buffer(model.count, 0)
    }

    /// Whether equally good sets remained unexplored.
    private(set) var isTieOpen = false

    /// Solves; `start` is a set to begin with, none of `excluded` may be in any set and all of `forced` must be. Returns an upper bound
    /// on the value of all these sets and of those that were offered before.
    /// - Throws: ``Interrupted`` when there was no time for any bound.
    func run(start: ExpertSet?, excluded: ExpertSet, forced: ExpertSet) throws(Interrupted) -> Double {
        let core = model.required.union(forced)
        var free = ExpertSet(capacity: model.count, 0..<model.count)
        free.subtract(core)
        free.subtract(excluded)
        guard core.members.allSatisfy({ !excluded.contains($0) }), usage.isWithinLimits(core) else {
            return best?.value ?? -.infinity
        }
        var root = Node(
            included: core,
            free: free,
            low: 0,
            high: model.levels.count - 1,
            bound: .infinity
        )
        if !core.isEmpty { offer(core) }
        try seed(root, start)
        if best == nil, interrupt.isCancelled { throw Interrupted() }
        // The experts are loaded: even a solve that ends here has a bound.
        root.bound = relaxation.valueOfAll
        root.multipliers = seedMultipliers
        queue.push(root)
        search()
        let upper = max(ceiling(queue.bound), best?.value ?? -.infinity)
        if !isInterrupted { breakTies() }
        return upper
    }

    /// No exact value under a bound is more than this.
    private func ceiling(_ bound: Double) -> Double {
        guard bound.isFinite else { return bound }
        let grain = relaxation.grain
        return grain > 0 ? ((bound + Self.margin) / grain).rounded(.down) * grain : bound + relaxation.slack
    }

    private func search() {
        var next: Node?
        while true {
            let isBestOpen = next == nil
            guard let node = next ?? queue.pop() else { return }
            next = nil
            if isBeaten(node.bound) {
                keepForTies(node)
                // The queue has no larger bound: without ties to keep, all of it is beaten.
                if isBestOpen, relaxation.grain == 0 { return }
                continue
            }
            if mustStop(node.bound) {
                queue.push(node)
                return
            }
            nodes += 1
            var children = process(node)
            if isInterrupted {
                for child in children { queue.push(child) }
                return
            }
            guard let first = children.popLast() else { continue }
            for child in children { queue.push(child) }
            next = first
        }
    }

    private func mustStop(_ bound: Double) -> Bool {
        if nodes >= interrupt.nodeLimit || (nodes > 0 && interrupt.isDue) { isInterrupted = true }
        if gapTarget > 0, let best {
            let upper = ceiling(max(bound, queue.bound))
            let value = abs(valueOffset(best) + best.value * relaxation.unit)
            if (upper - best.value) * relaxation.unit <= gapTarget * max(value, 1e-12) {
                isInterrupted = true
            }
        }
        return isInterrupted
    }

    /// What a value of 0 stands for: gaps are relative to Q itself.
    private func valueOffset(_ best: Incumbent) -> Double {
        if let knownOffset { return knownOffset }
        let offset = model.problem.value(of: model.indices(best.set)) - best.value * relaxation.unit
        knownOffset = offset
        return offset
    }

    private var knownOffset: Double?

    /// Keeps a closed node when it may hold an equally good set.
    func keepForTies(_ node: Node) {
        guard relaxation.grain > 0, !isBreakingTies, let best, node.bound + Self.margin >= best.value else { return }
        if ties.count < Self.tieCapacity { ties.append(node) } else { isTieOpen = true }
    }

    /// Bounds are computed in doubles: this much, in units, is not proof.
    static var margin: Double { 1e-3 }

    /// Whether no set under `bound` can replace the best one (while ties are broken: equal ones can).
    func isBeaten(_ bound: Double) -> Bool {
        guard let best else { return false }
        let grain = isBreakingTies ? 0 : relaxation.grain
        return grain > 0
            ? bound + Self.margin < best.value + grain : bound + relaxation.slack + Self.margin < best.value
    }

    /// Looks for equally good sets that the tie rule prefers, within a limit: there may be very many.
    private func breakTies() {
        guard !ties.isEmpty else { return }
        isBreakingTies = true
        // A node takes time in proportion to the scores: ties may take a quarter of the proof's time, or a few milliseconds.
        let size = max(1, model.count * model.problem.scores.prompts)
        let limit = nodes + nodes / 4 + 32 + 20_000_000 / size
        while let node = ties.popLast() {
            if isBeaten(node.bound) || cannotWinTie(node.included) { continue }
            guard nodes < min(limit, interrupt.nodeLimit), !interrupt.isDue else {
                isTieOpen = true
                return
            }
            nodes += 1
            restrictToTies()
            ties.append(contentsOf: process(node))
        }
    }

    /// A set that is as good wins its tie only when it takes no more energy.
    private func restrictToTies() {
        guard let best else { return }
        usage.energyBudget = best.energy
        // Without an energy limit there are no levels of the k-th largest energy: the bound knows the sum of all energies only.
        if model.energyBudget < .infinity || model.teamSize >= model.maximumExperts {
            packing.energyBudget = best.energy
        }
    }

    /// Whether every set that holds `included` loses a tie against the best one.
    func cannotWinTie(_ included: ExpertSet) -> Bool {
        guard let best else { return false }
        usage.reset(to: included)
        if usage.totalEnergy != best.energy { return usage.totalEnergy > best.energy }
        return usage.count >= best.count && included != best.set
            && !Incumbent(
                included,
                value: best.value,
                energy: usage.totalEnergy,
                model: model
            ).isBetter(than: best)
    }

    /// Takes a feasible set as the best one when it is.
    func offer(_ set: ExpertSet) {
        guard !set.isEmpty, offered.insert(set).inserted else { return }
        if offered.count > Self.offerCapacity { offered.removeAll(keepingCapacity: true) }
        guard let value = try? relaxation.exactValue(set, interrupt) else {
            // Who gave up needs no better set; an equally good one may be missed.
            isTieOpen = true
            return
        }
        usage.reset(to: set)
        let candidate = Incumbent(
            set,
            value: value,
            energy: usage.totalEnergy,
            model: model
        )
        if let best, !candidate.isBetter(than: best) { return }
        best = candidate
    }

    /// Marks the solve as ended early.
    func markInterrupted() { isInterrupted = true }
}
