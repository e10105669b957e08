import Glibc
import MoE2Selection

/// Makes instances: a fleet of Orin-like hosts (slow and frugal) and 4090-like ones (fast and hungry) with experts of
/// log-normal costs, and scores of one family.
struct InstanceGenerator {
    var family: Family
    var experts: Int
    var prompts: Int
    var seed: UInt64
    /// The energy budget as a part of what all experts take together.
    var tightness = 0.2
    /// k; 0 for all experts of the set, which makes the energy limit a knapsack.
    var teamSize = 0
    var temperature = 0.0
    /// The most experts; 0 for any number.
    var maximumExperts = 0

    func make() throws -> SelectionProblem {
        var random = SplitMix64(seed: seed &* 1_000_003 &+ UInt64(family.hashSeed) &* 7919 &+ UInt64(experts))
        let domains = max(6, experts / 6)
        let skills = (0..<experts).map { _ in skill(domains, &random) }
        let values = scores(skills, domains, &random)
        let hostCount = max(2, experts / 4)
        let isFast = (0..<hostCount).map { _ in random.uniform() < 0.4 }
        let hosts = (0..<hostCount).map { host in
            SelectionHost(
                id: "host-\(host)",
                activation: Joules(isFast[host] ? 4 + 4 * random.uniform() : 0.5 + random.uniform()),
                idle: isFast[host] ? 60 : 10,
                memory: nil
            )
        }
        let list = (0..<experts).map { expert -> SelectionExpert in
            let host = Int(random.uniform() * Double(hostCount))
            let size = exp(0.7 * random.normal())
            let mean = skills[expert].reduce(0, +) / Double(domains)
            let factor = family == .correlated ? exp(0.8 * mean) : 1
            return SelectionExpert(
                id: "expert-\(expert)",
                host: "host-\(host)",
                energy: Joules((isFast[host] ? 20 : 6) * size * factor),
                memory: Megabytes(4000 * size),
                latency: ["chat": Milliseconds((isFast[host] ? 200 : 700) * size)]
            )
        }
        let total = list.reduce(0) { $0 + $1.energy.value } + hosts.reduce(0) { $0 + $1.activation.value }
        let team = teamSize == 0 ? experts : teamSize
        let largest = list.map(\.energy.value).sorted(by: >).prefix(team).reduce(0, +)
        let budget =
            teamSize == 0 ? tightness * total : tightness * (largest + total - list.reduce(0) { $0 + $1.energy.value })
        return try SelectionProblem(
            scores: try ScoreTable(prompts: prompts, experts: experts, values: values),
            temperature: temperature,
            teamSize: team,
            experts: list,
            hosts: hosts,
            limits: SelectionLimits(
                energy: Joules(budget),
                latency: ["chat": 2500],
                maximumExperts: maximumExperts == 0 ? nil : maximumExperts
            )
        )
    }

    private func skill(_ domains: Int, _ random: inout SplitMix64) -> [Double] {
        let talent = 0.4 * random.normal()
        let first = Int(random.uniform() * Double(domains))
        let second = Int(random.uniform() * Double(domains))
        return (0..<domains).map { domain in
            switch family {
            case .specialists: domain == first ? 2 + talent : domain == second ? 1 + talent : -1 + 0.3 * random.normal()
            default: talent + 0.8 * random.normal()
            }
        }
    }

    private func scores(_ skills: [[Double]], _ domains: Int, _ random: inout SplitMix64) -> [Double] {
        var values: [Double] = []
        values.reserveCapacity(prompts * experts)
        let noise = family == .noisy ? 1.0 : 0.35
        for _ in 0..<prompts {
            // Some domains are asked about more than others.
            let domain = min(domains - 1, Int(pow(random.uniform(), 1.5) * Double(domains)))
            let difficulty = 0.5 * random.normal()
            for expert in 0..<experts {
                switch family {
                case .uniform: values.append(random.uniform())
                case .binary:
                    let chance = 1 / (1 + exp(-(skills[expert][domain] - difficulty - 1)))
                    values.append(random.uniform() < chance ? 1 : 0)
                default: values.append(skills[expert][domain] - difficulty + noise * random.normal())
                }
            }
        }
        return values
    }
}

extension Family {
    fileprivate var hashSeed: Int { Family.allCases.firstIndex(of: self) ?? 0 }
}
