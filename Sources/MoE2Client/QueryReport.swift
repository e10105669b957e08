public import MoE2Core

/// What `moe2 query --json` prints: one object a query. Energies are in joules, times in milliseconds.
public struct QueryReport: Codable, Sendable, Equatable {
    /// One expert of the team.
    public struct Member: Codable, Sendable, Equatable {
        public var expert: String
        public var host: String
        public var weight: Double
        public var predicted: Cost
    }

    /// An expected cost.
    public struct Cost: Codable, Sendable, Equatable {
        public var latencyMs: Double
        public var latencyP90Ms: Double
        public var energyJ: Double
        public var energyP90J: Double
        public var source: String

        // The encoder's rule would write `energy_p90j`.
        private enum CodingKeys: String, CodingKey {
            case latencyMs, latencyP90Ms, energyJ, source
            case energyP90J = "energy_p90_j"
        }
    }

    /// What it took.
    public struct Measured: Codable, Sendable, Equatable {
        public var latencyMs: Double
        public var firstTokenMs: Double
        public var energyJ: Double
        public var energySource: String
        public var promptTokens: Int
        public var completionTokens: Int
    }

    /// An expert that was considered.
    public struct Considered: Codable, Sendable, Equatable {
        public var expert: String
        public var host: String
        public var score: Double
        public var weight: Double
        public var predicted: Cost
        public var chosen: Bool
        public var reason: String
    }

    /// What one member answered.
    public struct Candidate: Codable, Sendable, Equatable {
        public var expert: String
        public var weight: Double
        public var text: String
        public var choiceProbabilities: [Double]
        public var energyJ: Double
        public var error: String?
    }

    public var id: String
    public var mode: String
    public var category: String
    public var answer: String
    public var choiceProbabilities: [String: Double]?
    public var team: [Member]
    public var predicted: Cost
    public var measured: Measured
    public var considered: [Considered]?
    public var candidates: [Candidate]
    public var finishReason: String
    public var degraded: String?
    public var retries: Int
    public var plan: UInt64

    /// The report of `answer` to `query`.
    public init(query: Query, answer: Answer) {
        id = query.id.rawValue
        mode = query.mode.description
        category = answer.decision.category.rawValue
        self.answer = answer.text
        choiceProbabilities =
            answer.choiceProbabilities.isEmpty
            ? nil
            : Dictionary(zip(query.choices, answer.choiceProbabilities), uniquingKeysWith: { first, _ in first })
        team = answer.decision.team.map {
            Member(
                expert: $0.expert.rawValue,
                host: $0.host.rawValue,
                weight: $0.weight,
                predicted: Cost($0.predicted)
            )
        }
        predicted = Cost(answer.decision.predicted)
        measured = Measured(
            latencyMs: answer.usage.total.milliseconds,
            firstTokenMs: answer.timeToFirstToken.milliseconds,
            energyJ: answer.usage.energy.joules,
            energySource: answer.usage.energySource.description,
            promptTokens: answer.usage.promptTokens,
            completionTokens: answer.usage.completionTokens
        )
        considered =
            answer.decision.considered.isEmpty
            ? nil
            : answer.decision.considered.map {
                Considered(
                    expert: $0.expert.rawValue,
                    host: $0.host.rawValue,
                    score: $0.score,
                    weight: $0.weight,
                    predicted: Cost($0.predicted),
                    chosen: $0.chosen,
                    reason: $0.reason
                )
            }
        candidates = answer.candidates.map {
            Candidate(
                expert: $0.expert.rawValue,
                weight: $0.weight,
                text: $0.text,
                choiceProbabilities: $0.choiceProbabilities,
                energyJ: $0.usage.energy.joules,
                error: $0.error?.description
            )
        }
        finishReason = answer.finishReason.description
        degraded = answer.degraded
        retries = answer.retries
        plan = answer.decision.plan
    }
}

extension QueryReport.Cost {
    init(_ estimate: CostEstimate) {
        latencyMs = estimate.latency.milliseconds
        latencyP90Ms = estimate.latencyP90.milliseconds
        energyJ = estimate.energy.joules
        energyP90J = estimate.energyP90.joules
        source = estimate.source.description
    }
}
