/// What a growing set of positions uses of every limit.
final class Usage {
    private let model: Model
    /// What the energy may be: the model's budget, or less.
    var energyBudget: Double
    private(set) var count = 0
    /// The k largest energies, together.
    private(set) var energy = 0.0
    private(set) var activation = 0.0
    private(set) var power = 0.0
    // Buffers, not arrays: these are read millions of times, and an array in a class is checked for exclusive access each time.
    private let memory: Buffer<Double>
    private let membersOnHost: Buffer<Int>
    private let membersOfGroup: Buffer<Int>
    /// The k largest energies, descending.
    private let largest: Buffer<Double>
    private var largestCount = 0

    init(_ model: Model) {
        self.model = model
        energyBudget = model.energyBudget
        memory = Buffer(model.hostRange.count, 0)
        membersOnHost = Buffer(model.hostRange.count, 0)
        membersOfGroup = Buffer(model.groups.count, 0)
        largest = Buffer(model.teamSize + 1, 0)
        isEnergyShared = model.teamSize >= model.count
    }

    /// Whether all energies of a set count, so that none is ever pushed out.
    private let isEnergyShared: Bool

    /// Energy per query: the k largest energies and the activations.
    var totalEnergy: Double { energy + activation }

    /// The k-th largest energy; 0 while there are fewer than k.
    var marginalEnergy: Double { isEnergyShared || largestCount < model.teamSize ? 0 : largest[largestCount - 1] }

    /// What the members on `host` take of its memory.
    func usedMemory(host: Int) -> Double { memory[host] }

    func isOpen(host: Int) -> Bool { membersOnHost[host] > 0 }

    func isTaken(group: Int) -> Bool { membersOfGroup[group] > 0 }

    func reset() {
        count = 0
        energy = 0
        activation = 0
        power = 0
        largestCount = 0
        memory.pointer.update(repeating: 0, count: memory.count)
        membersOnHost.pointer.update(repeating: 0, count: membersOnHost.count)
        membersOfGroup.pointer.update(repeating: 0, count: membersOfGroup.count)
    }

    func reset(to set: ExpertSet) {
        reset()
        set.forEach(add)
    }

    func add(_ position: Int) {
        let host = model.host[position]
        energy += addedEnergy(position)
        count += 1
        if membersOnHost[host] == 0 {
            activation += model.activation[host]
            power += model.idle[host]
        }
        membersOnHost[host] += 1
        memory[host] += model.memory[position]
        for group in model.groupsOf[position] { membersOfGroup[group] += 1 }
        insert(model.energy[position])
    }

    private func insert(_ value: Double) {
        guard !isEnergyShared, largestCount < model.teamSize || value > marginalEnergy else { return }
        if largestCount == model.teamSize { largestCount -= 1 }
        var place = largestCount
        while place > 0, largest[place - 1] < value {
            largest[place] = largest[place - 1]
            place -= 1
        }
        largest[place] = value
        largestCount += 1
    }

    /// What `position` would add to the k largest energies.
    func addedEnergy(_ position: Int) -> Double { max(0, model.energy[position] - marginalEnergy) }

    /// What `position` would add to the energy of a query, with the activation of its host.
    func addedCost(_ position: Int) -> Double {
        let host = model.host[position]
        return addedEnergy(position) + (membersOnHost[host] == 0 ? model.activation[host] : 0)
    }

    /// Whether the set with `position` is within every limit.
    func fits(_ position: Int) -> Bool { violated(by: position) == nil }

    /// The first limit that the set with `position` would break.
    func violated(by position: Int) -> Limit? {
        let host = model.host[position]
        if count + 1 > model.maximumExperts { return .maximumExperts }
        if totalEnergy + addedCost(position) > energyBudget { return .energy }
        if membersOnHost[host] == 0, power + model.idle[host] > model.powerBudget { return .power }
        if memory[host] + model.memory[position] > model.memoryBudget[host] {
            return .memory(host: model.problem.experts[model.experts[position]].host ?? "")
        }
        if model.groupsOf[position].contains(where: { membersOfGroup[$0] > 0 }) { return .exclusive }
        return nil
    }

    /// Whether the set with all of `positions` would be within every limit; leaves the set as it was when false.
    func isWithinLimits(_ set: ExpertSet) -> Bool {
        reset()
        for position in set.members {
            guard fits(position) else { return false }
            add(position)
        }
        return true
    }
}
