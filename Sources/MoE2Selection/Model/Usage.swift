/// What a growing set of positions uses of every limit.
final class Usage {
    private let model: Model
    private(set) var count = 0
    /// The k largest energies, together.
    private(set) var energy = 0.0
    private(set) var activation = 0.0
    private(set) var power = 0.0
    private(set) var memory: [Double]
    private var membersOnHost: [Int]
    private var membersOfGroup: [Int]
    /// The k largest energies, descending.
    private var largest: [Double] = []

    init(_ model: Model) {
        self.model = model
        memory = [Double](repeating: 0, count: model.hostRange.count)
        membersOnHost = [Int](repeating: 0, count: model.hostRange.count)
        membersOfGroup = [Int](repeating: 0, count: model.groups.count)
        largest.reserveCapacity(model.teamSize + 1)
    }

    /// Energy per query: the k largest energies and the activations.
    var totalEnergy: Double { energy + activation }

    /// The k-th largest energy; 0 while there are fewer than k.
    var marginalEnergy: Double { largest.count < model.teamSize ? 0 : largest[largest.count - 1] }

    func isOpen(host: Int) -> Bool { membersOnHost[host] > 0 }

    func isTaken(group: Int) -> Bool { membersOfGroup[group] > 0 }

    func reset() {
        count = 0
        energy = 0
        activation = 0
        power = 0
        largest.removeAll(keepingCapacity: true)
        for host in memory.indices {
            memory[host] = 0
            membersOnHost[host] = 0
        }
        for group in membersOfGroup.indices { membersOfGroup[group] = 0 }
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
        guard largest.count < model.teamSize || value > marginalEnergy else { return }
        if largest.count == model.teamSize { largest.removeLast() }
        var place = largest.count
        largest.append(value)
        while place > 0, largest[place - 1] < value {
            largest[place] = largest[place - 1]
            place -= 1
        }
        largest[place] = value
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
        if totalEnergy + addedCost(position) > model.energyBudget { return .energy }
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
