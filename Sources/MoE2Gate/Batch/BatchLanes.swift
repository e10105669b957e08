import MoE2Core

/// The open lines of a batch, one queue per expert: who works on what next, what happens to a line that failed, and who helps
/// whom at the end. A value that does no I/O.
struct BatchLanes: Sendable {
    /// A line that has no result yet.
    struct Line: Sendable, Equatable {
        var number: Int
        /// Who is to take it; nil when a team answers it.
        var expert: ExpertID?
        /// Who takes it when the expert cannot, best first.
        var alternatives: [ExpertID] = []
        /// How many of `alternatives`, from the front, may take it even when the expert could.
        var peers = 0
    }

    private struct Lane {
        /// Line numbers, next one last.
        var queue: [Int] = []
        var running: Set<Int> = []
        var lines = 0
        var done = 0
    }

    private var lanes: [ExpertID?: Lane] = [:]
    private var open: [Int: Line] = [:]

    /// Lanes for `lines`; `done` counts the lines of every expert that have a result already.
    init(_ lines: [Line], done: [ExpertID?: Int] = [:]) {
        for (expert, count) in done { lanes[expert] = Lane(lines: count, done: count) }
        for line in lines.sorted(by: { $0.number > $1.number }) {
            open[line.number] = line
            lanes[line.expert, default: Lane()].queue.append(line.number)
            lanes[line.expert, default: Lane()].lines += 1
        }
    }

    /// Whether every line has a result.
    var isFinished: Bool { open.isEmpty }

    /// Lines without a result.
    var openLines: [Int] { open.keys.sorted() }

    /// The experts with lines, and nil for teams.
    var experts: [ExpertID?] { lanes.keys.sorted { ($0?.rawValue ?? "") < ($1?.rawValue ?? "") } }

    /// The next line for `expert`: its own, else one of a slower expert's that it may take; nil when there is none.
    mutating func next(for expert: ExpertID?) -> Int? {
        if let line = lanes[expert]?.queue.popLast() {
            lanes[expert]?.running.insert(line)
            return line
        }
        guard let expert, let (victim, index) = spoils(for: expert) else { return nil }
        guard let number = lanes[victim]?.queue.remove(at: index) else { return nil }
        move(number, from: victim, to: expert)
        lanes[expert]?.running.insert(number)
        return number
    }

    /// The line has its result.
    mutating func finish(_ number: Int) {
        guard let line = open.removeValue(forKey: number) else { return }
        lanes[line.expert]?.running.remove(number)
        lanes[line.expert]?.done += 1
    }

    /// The line was not executed, through no fault of its own: its expert takes it again.
    mutating func putBack(_ number: Int) {
        guard let line = open[number] else { return }
        lanes[line.expert]?.running.remove(number)
        lanes[line.expert]?.queue.append(number)
    }

    /// The line's expert failed it: the next best takes it.
    /// - Returns: false when nobody is left.
    mutating func fail(_ number: Int) -> Bool {
        guard let line = open[number] else { return false }
        lanes[line.expert]?.running.remove(number)
        guard let next = line.alternatives.first else { return false }
        move(number, from: line.expert, to: next)
        lanes[next]?.queue.append(number)
        return true
    }

    /// The expert is gone for long: its waiting lines go to the next best.
    /// - Returns: lines that nobody else can take; they stay with the expert.
    mutating func abandon(_ expert: ExpertID) -> [Int] {
        let queue = lanes[expert]?.queue ?? []
        lanes[expert]?.queue = []
        return queue.filter { number in
            if fail(number) { return false }
            lanes[expert]?.queue.append(number)
            return true
        }
    }

    /// How far every expert is.
    var shards: [BatchShard] {
        experts.compactMap { expert in
            lanes[expert].flatMap { lane in
                lane.lines == 0
                    ? nil : BatchShard(expert: expert, lines: lane.lines, done: lane.done, running: lane.running.count)
            }
        }
    }

    /// The latest waiting line that `expert` may take, of the lane with the most waiting. Only lanes with more than one line
    /// waiting are helped: the last one is about to be taken.
    private func spoils(for expert: ExpertID) -> (victim: ExpertID?, index: Int)? {
        let slower = lanes.filter { $0.key != expert && $0.value.queue.count > 1 }
            .sorted { ($1.value.queue.count, $0.key?.rawValue ?? "") < ($0.value.queue.count, $1.key?.rawValue ?? "") }
        for (victim, lane) in slower {
            // The queue's front holds the lines that are needed last.
            let index = lane.queue.prefix(64).firstIndex { number in
                open[number].map { $0.alternatives.prefix($0.peers).contains(expert) } ?? false
            }
            if let index { return (victim, index) }
        }
        return nil
    }

    private mutating func move(_ number: Int, from old: ExpertID?, to new: ExpertID) {
        guard var line = open[number] else { return }
        line.alternatives.removeAll { $0 == new }
        line.peers = max(0, line.peers - 1)
        line.expert = new
        open[number] = line
        lanes[old]?.lines -= 1
        lanes[new, default: Lane()].lines += 1
    }
}
