/// An upper bound on the profit that free experts can add within the limits, and a fractional choice that explains it.
///
/// Energy, power, count and exclusive groups are priced into the profits (Lagrangian multipliers, each minimised exactly
/// along its line); what is left falls apart by host, where opening a host costs its priced activation and idle power and
/// memory is a fractional knapsack. Valid for all multipliers ≥ 0. The energy of a set is min over θ of k·θ + Σ (eₙ − θ)⁺, so
/// with θ in [low, high] the set satisfies Σ (eₙ − high)⁺ ≤ budget − k·low.
final class Packing {
    private enum Price: Int, CaseIterable {
        case energy, count, power
    }

    /// Where one price was evaluated: the bound there, what it uses, and who it takes.
    private struct Trial {
        var price = 0.0
        var value = 0.0
        var slope = 0.0
        var taken: Int
    }

    private let model: Model
    /// What the energy may be: the model's budget, or less.
    var energyBudget: Double
    private(set) var count = 0
    private let segments: Buffer<PackingSegment>
    private var segmentCount = 0
    private let weight: Buffer<Double>
    private let memory: Buffer<Double>
    private let position: Buffer<Int32>
    private let segmentOf: Buffer<Int32>
    private let profit: Buffer<Double>
    /// Three spare choices, to combine the two that a kink of the bound lies between.
    private let choices: [Buffer<Float>]
    private let prices = Buffer<Double>(3, 0)
    private let budgets = Buffer<Double>(3, 0)
    private let uses = Buffer<Double>(3, 0)
    private var groupPrice: [Double]
    private var activeGroups: [Int] = []
    private let order: Buffer<Int32>

    /// The share of every free expert in the last bound's choice, 0 to 1.
    let share: Buffer<Float>

    init(_ model: Model) {
        self.model = model
        energyBudget = model.energyBudget
        let capacity = model.count
        segments = Buffer(capacity, PackingSegment(host: -1, start: 0, activation: 0, idle: 0, memory: 0))
        weight = Buffer(capacity, 0)
        memory = Buffer(capacity, 0)
        position = Buffer(capacity, 0)
        segmentOf = Buffer(capacity, 0)
        profit = Buffer(capacity, 0)
        order = Buffer(capacity, 0)
        share = Buffer(capacity, 0)
        choices = (0..<3).map { _ in Buffer(capacity, 0) }
        groupPrice = [Double](repeating: 0, count: model.groups.count)
    }

    /// Sets the free experts (ascending positions), what is used already, and the range of θ.
    func prepare(free: [Int], usage: Usage, low: Double, high: Double, usedEnergy: Double) {
        count = free.count
        segmentCount = 0
        budgets[0] =
            energyBudget == .infinity
            ? .infinity : energyBudget - usage.activation - Double(model.teamSize) * low - usedEnergy
        budgets[1] = model.maximumExperts < model.count ? Double(model.maximumExperts - usage.count) : .infinity
        budgets[2] = model.powerBudget - usage.power
        for (column, member) in free.enumerated() {
            let host = model.host[member]
            if segmentCount == 0 || segments[segmentCount - 1].host != host {
                let isOpen = usage.isOpen(host: host)
                segments[segmentCount] = PackingSegment(
                    host: host,
                    start: column,
                    activation: isOpen ? 0 : model.activation[host],
                    idle: isOpen ? 0 : model.idle[host],
                    memory: model.memoryBudget[host] - usage.usedMemory(host: host)
                )
                segmentCount += 1
            }
            let last = segmentCount - 1
            segments.pointer[last].end = column + 1
            segments.pointer[last].demand += model.memory[member]
            position.pointer[column] = Int32(truncatingIfNeeded: member)
            segmentOf.pointer[column] = Int32(truncatingIfNeeded: last)
            weight.pointer[column] = max(0, model.energy[member] - high)
            memory.pointer[column] = model.memory[member]
        }
        if !model.groups.isEmpty { prepareGroups(free) }
    }

    private func prepareGroups(_ free: [Int]) {
        var members = [Int](repeating: 0, count: model.groups.count)
        for member in free { for group in model.groupsOf[member] { members[group] += 1 } }
        activeGroups = members.indices.filter { members[$0] > 1 }
    }

    /// An upper bound on the sum of `gains` of any choice within the limits; fills ``share``.
    func bound(_ gains: UnsafePointer<Double>) -> Double {
        guard budgets[0] >= 0, budgets[1] >= 0, budgets[2] >= 0 else { return -.infinity }
        let constant = priceGroups(gains)
        var best = evaluate(choice: 0)
        var winner = 0
        var exact = Price.energy
        for round in 0..<3 {
            let before = best
            for price in Price.allCases where budgets[price.rawValue] < .infinity {
                guard prices[price.rawValue] > 0 || uses[price.rawValue] > budgets[price.rawValue] else { continue }
                (best, winner) = minimise(price)
                exact = price
            }
            // One price alone is exact after its line search; several need another look at each other.
            if before - best <= 1e-3 * abs(best) || (round == 0 && isOnly(exact)) { break }
        }
        share.pointer.update(from: choices[winner].pointer, count: count)
        return best + constant
    }

    private func isOnly(_ price: Price) -> Bool {
        Price.allCases.allSatisfy {
            $0 == price || prices[$0.rawValue] == 0 && uses[$0.rawValue] <= budgets[$0.rawValue]
        }
    }

    private func priceGroups(_ gains: UnsafePointer<Double>) -> Double {
        profit.pointer.update(from: gains, count: count)
        guard !activeGroups.isEmpty else { return 0 }
        var constant = 0.0
        for group in activeGroups { constant += groupPrice[group] }
        for column in 0..<count {
            for group in model.groupsOf[Int(position.pointer[column])] where activeGroups.contains(group) {
                profit.pointer[column] -= groupPrice[group]
            }
        }
        return constant
    }

    /// Moves the prices of exclusive groups towards what the last choice says.
    func adjustGroupPrices(gap: Double) {
        guard !activeGroups.isEmpty else { return }
        var excess = [Double](repeating: -1, count: model.groups.count)
        for column in 0..<count {
            for group in model.groupsOf[Int(position.pointer[column])] {
                excess[group] += Double(share.pointer[column])
            }
        }
        var norm = 0.0
        for group in activeGroups where excess[group] > 0 || groupPrice[group] > 0 {
            norm += excess[group] * excess[group]
        }
        guard norm > 0 else { return }
        for group in activeGroups {
            groupPrice[group] = max(0, groupPrice[group] + 0.5 * gap / norm * excess[group])
        }
    }

    /// Minimises the bound along one price; returns it and the choice that holds the fractional solution.
    private func minimise(_ price: Price) -> (Double, Int) {
        let trial = probe(price, at: prices[price.rawValue], choice: 2)
        if trial.slope >= 0 {
            guard trial.price > 0 else { return (trial.value, trial.taken) }
            let zero = probe(price, at: 0, choice: 0)
            return zero.slope >= 0 ? (zero.value, zero.taken) : search(price, low: zero, high: trial)
        }
        var low = trial
        var spare = 0
        var next = max(2 * low.price, firstGuess(price))
        for _ in 0..<64 {
            let outer = probe(price, at: next, choice: spare)
            if outer.slope >= 0 { return search(price, low: low, high: outer) }
            spare = low.taken
            low = outer
            next *= 4
        }
        return (low.value, low.taken)
    }

    private func firstGuess(_ price: Price) -> Double {
        var sum = 0.0
        for column in 0..<count { sum += max(0, profit.pointer[column]) }
        return max(sum / max(uses[price.rawValue], 1e-9), 1e-12)
    }

    /// Follows the tangents of the convex bound from both sides of its minimum to the kink between them.
    private func search(_ price: Price, low: Trial, high: Trial) -> (Double, Int) {
        var (low, high) = (low, high)
        var spare = 3 - low.taken - high.taken
        for _ in 0..<24 {
            let meet =
                (high.value - low.value + low.slope * low.price - high.slope * high.price) / (low.slope - high.slope)
            guard meet > low.price, meet < high.price else { break }
            let floor = low.value + low.slope * (meet - low.price)
            let trial = probe(price, at: meet, choice: spare)
            if trial.slope >= 0 {
                spare = high.taken
                high = trial
            } else {
                spare = low.taken
                low = trial
            }
            if trial.value <= floor + 1e-7 * abs(floor) { break }
        }
        let best = low.value < high.value ? low : high
        prices[price.rawValue] = best.price
        mix(low, high)
        return (best.value, low.taken)
    }

    /// The mixture of two choices that uses the budget exactly, in the place of `low`'s.
    private func mix(_ low: Trial, _ high: Trial) {
        let part = Float(high.slope / max(high.slope - low.slope, 1e-300))
        let (first, second) = (choices[low.taken].pointer, choices[high.taken].pointer)
        for column in 0..<count { first[column] = part * first[column] + (1 - part) * second[column] }
    }

    private func probe(_ price: Price, at value: Double, choice: Int) -> Trial {
        prices[price.rawValue] = value
        let bound = evaluate(choice: choice)
        return Trial(
            price: value,
            value: bound,
            slope: budgets[price.rawValue] - uses[price.rawValue],
            taken: choice
        )
    }

    /// The bound at the current prices; fills the choice and what it uses.
    private func evaluate(choice: Int) -> Double {
        let taken = choices[choice].pointer
        let (energyPrice, countPrice, powerPrice) = (prices[0], prices[1], prices[2])
        var total = 0.0
        for price in 0..<3 where prices[price] > 0 { total += prices[price] * budgets[price] }
        var (energy, members, power) = (0.0, 0.0, 0.0)
        let (profit, weight) = (profit.pointer, weight.pointer)
        for index in 0..<segmentCount {
            let segment = segments.pointer[index]
            let fixed = energyPrice * segment.activation + powerPrice * segment.idle
            var sum = 0.0
            var segmentEnergy = 0.0
            var segmentMembers = 0.0
            if segment.demand <= segment.memory {
                for column in segment.start..<segment.end {
                    let reduced = profit[column] - energyPrice * weight[column] - countPrice
                    let isIn = reduced > 0
                    taken[column] = isIn ? 1 : 0
                    sum += isIn ? reduced : 0
                    segmentEnergy += isIn ? weight[column] : 0
                    segmentMembers += isIn ? 1 : 0
                }
            } else {
                sum = fill(segment, energyPrice, countPrice, taken, without: -1, room: segment.memory)
                for column in segment.start..<segment.end {
                    segmentEnergy += Double(taken[column]) * weight[column]
                    segmentMembers += Double(taken[column])
                }
            }
            if sum > fixed || (fixed == 0 && segment.activation == 0 && segment.idle == 0) {
                total += sum - fixed
                energy += segmentEnergy + segment.activation
                members += segmentMembers
                power += segment.idle
            } else {
                for column in segment.start..<segment.end { taken[column] = 0 }
            }
        }
        uses[0] = energy
        uses[1] = members
        uses[2] = power
        return total
    }

    /// The fractional knapsack of one host's memory; returns the reduced profit.
    private func fill(
        _ segment: PackingSegment,
        _ energyPrice: Double,
        _ countPrice: Double,
        _ taken: UnsafeMutablePointer<Float>,
        without: Int,
        room: Double
    ) -> Double {
        var candidates = 0
        let order = order.pointer
        for column in segment.start..<segment.end {
            taken[column] = 0
            guard column != without, reduced(column, energyPrice, countPrice) > 0 else { continue }
            let density = self.density(column, energyPrice, countPrice)
            var place = candidates
            while place > 0, self.density(Int(order[place - 1]), energyPrice, countPrice) < density {
                order[place] = order[place - 1]
                place -= 1
            }
            order[place] = Int32(truncatingIfNeeded: column)
            candidates += 1
        }
        var left = room
        var sum = 0.0
        for place in 0..<candidates {
            let column = Int(order[place])
            let need = memory.pointer[column]
            let part = need <= left ? 1 : left / need
            taken[column] = Float(part)
            sum += part * reduced(column, energyPrice, countPrice)
            left -= min(need, left)
            if part < 1 { break }
        }
        return sum
    }

    private func reduced(_ column: Int, _ energyPrice: Double, _ countPrice: Double) -> Double {
        profit.pointer[column] - energyPrice * weight.pointer[column] - countPrice
    }

    private func density(_ column: Int, _ energyPrice: Double, _ countPrice: Double) -> Double {
        reduced(column, energyPrice, countPrice) / max(memory.pointer[column], 1e-9)
    }

    /// How much the last bound drops when a column is forced in (`whenIn`) or out (`whenOut`).
    func penalties(whenIn: UnsafeMutablePointer<Double>, whenOut: UnsafeMutablePointer<Double>) {
        let (energyPrice, countPrice, powerPrice) = (prices[0], prices[1], prices[2])
        let spare = choices[0].pointer
        for index in 0..<segmentCount {
            let segment = segments.pointer[index]
            let fixed = energyPrice * segment.activation + powerPrice * segment.idle
            let isTight = segment.demand > segment.memory
            var sum = 0.0
            if isTight {
                sum = fill(segment, energyPrice, countPrice, spare, without: -1, room: segment.memory)
            } else {
                for column in segment.start..<segment.end { sum += max(0, reduced(column, energyPrice, countPrice)) }
            }
            let value = max(0, sum - fixed)
            for column in segment.start..<segment.end {
                let own = reduced(column, energyPrice, countPrice)
                if isTight {
                    let room = segment.memory - memory.pointer[column]
                    let others = fill(segment, energyPrice, countPrice, spare, without: column, room: segment.memory)
                    whenOut[column] = value - max(0, others - fixed)
                    whenIn[column] =
                        room < 0
                        ? .infinity
                        : value
                            - (fill(segment, energyPrice, countPrice, spare, without: column, room: room) + own - fixed)
                } else {
                    let others = sum - max(0, own)
                    whenOut[column] = value - max(0, others - fixed)
                    whenIn[column] = value - (others + own - fixed)
                }
            }
        }
    }
}
