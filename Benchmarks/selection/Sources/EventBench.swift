import MoE2Selection

/// Times what a live selection takes for the events of a fleet, beside a fresh solve of the same fleet.
struct EventBench {
    private let instance: InstanceGenerator
    private let events: Int

    init(_ options: Options) throws {
        instance = try options.generator()
        events = try options.count("events", 400)
    }

    /// Times of one kind of work, in ms of thread CPU time.
    private struct Times {
        var live: [Double] = []
        var cold: [Double] = []
    }

    func run() throws {
        var random = SplitMix64(seed: instance.seed)
        let full = try instance.make()
        let absent = Int(random.next() % UInt64(full.experts.count))
        var fleet = SelectionFleet(full)
        let columns = Dictionary(
            uniqueKeysWithValues: full.experts.enumerated().map { index, expert in
                (expert.id, (0..<full.scores.prompts).map { full.scores[$0, index] })
            }
        )
        var away = [fleet.experts.remove(at: absent)]
        let live = LiveSelection(try problem(full, fleet), SolveOptions(now: ThreadClock.now))
        var times: [String: Times] = [:]
        var mismatches = 0
        for _ in 0..<events {
            let name = change(&fleet, &away, live.selected, &random)
            let answer = try live.update(to: fleet, options: SolveOptions(now: ThreadClock.now)) { columns[$0] }
            let fresh = try problem(full, fleet)
            let began = ThreadClock.now()
            let cold = LiveSelection(fresh, SolveOptions(now: ThreadClock.now))
            let key = "\(name), \(live.work.rawValue)"
            times[key, default: Times()].live.append(answer.time.milliseconds)
            times[key, default: Times()].cold.append((ThreadClock.now() - began).milliseconds)
            let isEqual =
                answer.status == cold.certificate.status && abs(answer.value - cold.certificate.value) <= 1e-9
                && (live.selected == cold.selected || !answer.isCanonical || !cold.certificate.isCanonical)
            if !isEqual { mismatches += 1 }
        }
        for (key, value) in times.sorted(by: { $0.key < $1.key }) {
            let (live, cold) = (Quantiles(value.live), Quantiles(value.cold))
            Table.row([
                instance.family.rawValue, key, "\(value.live.count)", Table.number(live.at(0.5)),
                Table.number(live.at(0.99)), Table.number(cold.at(0.5)), Table.number(cold.at(0.99)),
            ])
        }
        guard mismatches == 0 else { throw WrongAnswer(seed: 0) }
    }

    /// Changes the fleet at random; returns the kind of change.
    private func change(
        _ fleet: inout SelectionFleet,
        _ away: inout [SelectionExpert],
        _ selected: [String],
        _ random: inout SplitMix64
    ) -> String {
        func pick(_ count: Int) -> Int { Int(random.next() % UInt64(count)) }
        let index = pick(fleet.experts.count)
        let isIn = selected.contains(fleet.experts[index].id) ? "selected" : "other"
        switch pick(4) {
        case 0 where away.count < 8:
            away.append(fleet.experts.remove(at: index))
            return "\(isIn) leaves"
        case 1 where !away.isEmpty:
            fleet.experts.append(away.remove(at: pick(away.count)))
            return "joins"
        case 2:
            let factor = 0.9 + 0.2 * random.uniform()
            fleet.experts[index].energy.value *= factor
            return "\(isIn) \(factor < 1 ? "cheaper" : "dearer")"
        default:
            let factor = random.uniform() < 0.5 ? 0.98 : 1 / 0.98
            fleet.limits.energy?.value *= factor
            return "budget \(factor < 1 ? "tighter" : "looser")"
        }
    }

    private func problem(_ full: SelectionProblem, _ fleet: SelectionFleet) throws -> SelectionProblem {
        let index = Dictionary(uniqueKeysWithValues: full.experts.enumerated().map { ($1.id, $0) })
        let columns = fleet.experts.map { expert in
            (0..<full.scores.prompts).map { full.scores[$0, index[expert.id] ?? 0] }
        }
        return try SelectionProblem(
            scores: try ScoreTable(columns: columns, prompts: full.scores.prompts),
            weights: full.weights,
            temperature: full.temperature,
            teamSize: full.teamSize,
            experts: fleet.experts,
            hosts: fleet.hosts,
            limits: fleet.limits
        )
    }
}
