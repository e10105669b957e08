/// The pairs of prompt and team on which the pool is trained; every distinct team is stored once.
struct PoolSamples {
    private(set) var teams: [[Int]] = []
    private(set) var pairs: [(prompt: Int, team: Int)] = []
    private var numbers: [[Int]: Int] = [:]

    /// Adds `prompt` with those members of `team` that have an outcome on it (`available`, ascending).
    mutating func add(prompt: Int, team: [Int], available: [Int], poolSize: Int) {
        let present = available.count == poolSize ? team : team.filter { Set(available).contains($0) }
        guard !present.isEmpty else { return }
        let number: Int
        if let known = numbers[present] {
            number = known
        } else {
            number = teams.count
            numbers[present] = number
            teams.append(present)
        }
        pairs.append((prompt, number))
    }
}
