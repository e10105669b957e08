/// Draws the teams on which the pool is trained: the full pool and teams of every size.
struct SubsetSampler {
    /// The share of draws that take the full pool.
    static let fullShare = 0.3
    /// Distinct teams drawn for a large pool. Small pools have no more than 2^9 teams anyway.
    static let distinctTeams = 768

    private let full: [Int]
    private let teams: [[Int]]

    /// A sampler over `experts` experts. With `member`, every team contains that expert.
    init(experts: Int, member: Int? = nil, random: inout SplitMix64) {
        full = Array(0..<experts)
        var teams: [[Int]] = []
        for _ in 0..<Self.distinctTeams {
            let size = Int.random(in: 1...experts, using: &random)
            var team = Array(full.shuffled(using: &random).prefix(size))
            if let member, !team.contains(member) { team[0] = member }
            teams.append(team.sorted())
        }
        self.teams = teams
    }

    /// The next team, ascending.
    func draw(_ random: inout SplitMix64) -> [Int] {
        guard random.unit() >= Self.fullShare else { return full }
        return teams[Int.random(in: teams.indices, using: &random)]
    }
}
