/// A problem in the solver's terms: only experts that some feasible set may hold, with costs on an integer grid.
///
/// Experts are known by their position: ordered by host, then by name, so that the order of the input does not matter.
/// Costs are whole numbers of about 2⁻⁴⁰ of their limit, held in doubles, so that sums are exact and do not depend on their order; a
/// limit counts as met up to 1e-9 of its size.
struct Model {
    /// A limit has at most this many steps, and at least half as many.
    static let steps = 0x1p40
    /// Steps by which a limit may be exceeded.
    static let tolerance = 0x1p9

    let problem: SelectionProblem
    /// The index in the problem of every position.
    let experts: [Int]
    /// The place of every position in the order of names.
    let rank: [Int]
    /// The host of every position.
    let host: [Int]
    /// The positions of every host.
    let hostRange: [Range<Int>]
    let energy: [Double]
    let activation: [Double]
    let energyBudget: Double
    let energyStep: Double
    let idle: [Double]
    let powerBudget: Double
    let memory: [Double]
    let memoryBudget: [Double]
    let maximumExperts: Int
    /// k, at most the number of positions.
    let teamSize: Int
    /// Exclusive groups with two or more positions.
    let groups: [[Int]]
    /// The groups of every position.
    let groupsOf: [[Int]]
    let required: ExpertSet
    /// Ascending candidates for the k-th largest energy of a set; only 0 when all energies count or none is limited.
    let levels: [Double]

    var count: Int { experts.count }

    /// The model of `problem` restricted to `experts`.
    init(_ problem: SelectionProblem, experts kept: [Int]) {
        self.problem = problem
        let hosts = HostTable(problem)
        let order = kept.sorted { left, right in
            let (a, b) = (hosts.index[left], hosts.index[right])
            return a != b ? hosts.names[a] < hosts.names[b] : problem.experts[left].id < problem.experts[right].id
        }
        experts = order
        let used = order.map { hosts.index[$0] }.reduce(into: [Int]()) { if $0.last != $1 { $0.append($1) } }
        let dense = Dictionary(uniqueKeysWithValues: used.enumerated().map { ($1, $0) })
        host = order.map { dense[hosts.index[$0]] ?? 0 }
        var ranges: [Range<Int>] = []
        for (position, index) in host.enumerated() {
            if index == ranges.count { ranges.append(position..<position) }
            ranges[index] = ranges[index].lowerBound..<position + 1
        }
        hostRange = ranges
        var rank = [Int](repeating: 0, count: order.count)
        let byName = order.indices.sorted { problem.experts[order[$0]].id < problem.experts[order[$1]].id }
        for (place, position) in byName.enumerated() { rank[position] = place }
        self.rank = rank

        let energies = order.map { problem.experts[$0].energy.value }
        let activations = used.map { hosts.activation[$0] }
        let energyGrid = CostGrid(limit: problem.limits.energy?.value, values: energies + activations)
        energy = energies.map(energyGrid.steps)
        activation = activations.map(energyGrid.steps)
        energyBudget = energyGrid.budget
        energyStep = energyGrid.step

        let idles = used.map { hosts.idle[$0] }
        let powerGrid = CostGrid(limit: problem.limits.power?.value, values: idles)
        idle = idles.map(powerGrid.steps)
        powerBudget = powerGrid.budget

        let memories = order.map { problem.experts[$0].memory.value }
        let memoryGrids = zip(used, ranges).map { CostGrid(limit: hosts.memory[$0], values: Array(memories[$1])) }
        let hostOfPosition = host
        memory = memories.indices.map { memoryGrids[hostOfPosition[$0]].steps(memories[$0]) }
        memoryBudget = memoryGrids.map(\.budget)

        maximumExperts = min(problem.limits.maximumExperts ?? order.count, order.count)
        teamSize = min(problem.teamSize, max(order.count, 1))
        let position = Dictionary(uniqueKeysWithValues: order.enumerated().map { (problem.experts[$1].id, $0) })
        groups = problem.exclusive.map { Set($0.compactMap { position[$0] }).sorted() }.filter { $0.count > 1 }
        var groupsOf = [[Int]](repeating: [], count: order.count)
        for (index, group) in groups.enumerated() { for member in group { groupsOf[member].append(index) } }
        self.groupsOf = groupsOf
        required = ExpertSet(capacity: order.count, problem.required.compactMap { position[$0] })
        levels = Self.levels(energy, budget: energyBudget, teamSize: teamSize, largestSet: maximumExperts)
    }

    private static func levels(_ energy: [Double], budget: Double, teamSize: Int, largestSet: Int) -> [Double] {
        guard budget < .infinity, teamSize < largestSet else { return [0] }
        return Set(energy).union([0]).filter { Double(teamSize) * $0 <= budget }.sorted()
    }

    /// The indices in the problem of the members of `set`, ascending.
    func indices(_ set: ExpertSet) -> [Int] { set.members.map { experts[$0] }.sorted() }
}

extension Model {
    /// The model of the experts that some feasible set of `problem` may hold; nil when no set is feasible.
    init?(feasiblePartOf problem: SelectionProblem) {
        let feasibility = Feasibility(problem)
        let required = feasibility.required
        guard required.isEmpty || feasibility.violations(of: required).isEmpty else { return nil }
        let forbidden = Set(problem.forbidden)
        let kept = problem.present.filter { index in
            let expert = problem.experts[index]
            return !forbidden.contains(expert.id) && Feasibility.isFastEnough(expert, problem.limits)
        }
        let all = Model(problem, experts: kept)
        let usage = Usage(all)
        guard usage.isWithinLimits(all.required) else { return nil }
        let possible = all.experts.indices.filter { all.required.contains($0) || usage.fits($0) }
        guard !possible.isEmpty else { return nil }
        self = possible.count == kept.count ? all : Model(problem, experts: possible.map { all.experts[$0] })
    }

    /// The positions of those of `indices` that are in the model.
    func known(_ indices: [Int]) -> ExpertSet {
        let place = Dictionary(uniqueKeysWithValues: experts.enumerated().map { ($1, $0) })
        return ExpertSet(capacity: count, indices.compactMap { place[$0] })
    }
}
