/// Draws the teams on which the pool is trained: the full pool and teams of every size, those of one size equally often.
///
/// An expert alone has the weight 1 whatever is learned, so the smallest team is a pair. A small pool is trained on all of
/// its teams; of a large one some teams of every size stand for the others.
struct SubsetSampler {
    /// The share of draws that take the full pool.
    static let fullShare = 0.3
    /// Teams drawn of one size where there are more: four experts of eight form 70 teams.
    static let teamsPerSize = 72

    private let full: [Int]
    /// Teams of two experts and more that are not the full pool, by size, each size in random order.
    private var bySize: [[[Int]]] = []
    /// Where the next draw of each size takes its team.
    private var cursors: [Int]

    /// A sampler over `experts` experts. With `member`, every team contains that expert.
    init(experts: Int, member: Int? = nil, random: inout SplitMix64) {
        full = Array(0..<experts)
        for size in 2..<max(experts, 2) {
            bySize.append(Self.teams(of: size, in: full, member: member, random: &random))
        }
        cursors = bySize.map { _ in 0 }
    }

    /// The next `count` teams in random order, each ascending.
    mutating func draw(_ count: Int, _ random: inout SplitMix64) -> [[Int]] {
        guard !bySize.isEmpty else { return Array(repeating: full, count: count) }
        var drawn: [[Int]] = []
        drawn.reserveCapacity(count)
        let others = Int(Double(count) * (1 - Self.fullShare))
        for number in 0..<others {
            let size = number % bySize.count
            drawn.append(bySize[size][cursors[size]])
            cursors[size] = (cursors[size] + 1) % bySize[size].count
        }
        drawn.append(contentsOf: repeatElement(full, count: count - others))
        return drawn.shuffled(using: &random)
    }

    /// All teams of `size` experts that hold `member`, or `teamsPerSize` of them, in random order.
    private static func teams(
        of size: Int,
        in full: [Int],
        member: Int?,
        random: inout SplitMix64
    ) -> [[Int]] {
        let others = full.filter { $0 != member }
        let free = member == nil ? size : size - 1
        let count = combinations(others.count, free)
        var found: Set<[Int]> = []
        if count <= teamsPerSize {
            found = Set(all(of: free, from: others[...]))
        } else {
            // Half of the teams at most are wanted, or there are few: repeated draws end soon.
            for _ in 0..<(16 * teamsPerSize) where found.count < teamsPerSize {
                found.insert(others.shuffled(using: &random).prefix(free).sorted())
            }
        }
        let teams = found.map { ($0 + (member.map { [$0] } ?? [])).sorted() }
        return teams.sorted { $0.lexicographicallyPrecedes($1) }.shuffled(using: &random)
    }

    private static func all(of size: Int, from experts: ArraySlice<Int>) -> [[Int]] {
        guard size > 0 else { return [[]] }
        guard let first = experts.first, experts.count >= size else { return [] }
        let rest = experts.dropFirst()
        return all(of: size - 1, from: rest).map { [first] + $0 } + all(of: size, from: rest)
    }

    /// How many ways there are to choose `size` of `count`, at most a little more than `teamsPerSize` × `count`.
    private static func combinations(_ count: Int, _ size: Int) -> Int {
        var result = 1
        for i in 0..<min(size, count - size) {
            result = result * (count - i) / (i + 1)
            if result > teamsPerSize { return result }
        }
        return result
    }
}
