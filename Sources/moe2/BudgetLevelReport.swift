/// How every method does under one budget.
struct BudgetLevelReport: Encodable {
    let name: String
    let energyJ: Double?
    let latencyMs: Double?
    /// The experts that MoE² selected.
    let selected: [String]
    /// How many of them answer a prompt; `nil` if nothing fits.
    let teamSize: Int?
    /// The experts that fit alone.
    let affordable: [String]
    /// The experts behind the methods that answer with a fixed set.
    let sets: [String: [String]]
    /// What an answer costs, in J, per method with a fixed set.
    let costs: [String: Double]
    let methods: [String: MethodReport]

    enum CodingKeys: String, CodingKey {
        case name
        case energyJ = "energy_j"
        case latencyMs = "latency_ms"
        case costs = "costs_j"
        case teamSize = "team_size"
        case selected, affordable, sets, methods
    }
}
