import FoundationEssentials
import MoE2Data

/// Costs per expert and the budget levels to evaluate, as read from `--budgets`.
struct BudgetFile: Decodable {
    /// What one answer of an expert costs.
    struct Cost: Decodable {
        /// Joules per answer.
        let energyJ: Double
        /// Milliseconds until the answer is complete.
        let latencyMs: Double

        enum CodingKeys: String, CodingKey {
            case energyJ = "energy_j"
            case latencyMs = "latency_ms"
        }
    }

    /// One budget; a limit that is not given does not bind.
    struct Level: Decodable {
        let name: String
        let energyJ: Double?
        let latencyMs: Double?

        enum CodingKeys: String, CodingKey {
            case name
            case energyJ = "energy_j"
            case latencyMs = "latency_ms"
        }
    }

    let costs: [String: Cost]
    let levels: [Level]

    static func read(_ path: String) throws -> BudgetFile {
        let bytes = try GzipFile.read(path)
        let file: BudgetFile
        do {
            file = try JSONDecoder().decode(BudgetFile.self, from: Data(bytes))
        } catch {
            throw DataError(
                .malformed,
                "'\(path)' is not a budget file: see docs/GATING.md for its format",
                underlying: error
            )
        }
        let numbers = file.costs.values.flatMap { [$0.energyJ, $0.latencyMs] }
        guard numbers.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
            throw DataError(.malformed, "'\(path)' holds a cost that is negative or not a number: correct 'costs'")
        }
        return file
    }
}
