public import MoE2Core

/// One line of a batch's output. Without costs it holds nothing that differs between two runs of the same batch.
public struct BatchOutputLine: Encodable, Sendable {
    private struct Failure: Encodable {
        var code: String
        var message: String
    }

    private struct Costs: Encodable {
        var energyJ: Double
        var energySource: String
        var latencyMs: Double
        var promptTokens: Int
        var completionTokens: Int
    }

    private var line: Int
    private var id: String?
    private var answer: String?
    private var experts: [String]?
    private var probabilities: [Double]?
    private var finishReason: String?
    private var degraded: String?
    private var error: Failure?
    private var costs: Costs?

    /// The output for `result`; `id` is what the input line called itself. Lines are counted from 1 here, as editors do.
    public init(_ result: BatchResult, id: String?, withCosts: Bool) {
        line = result.line + 1
        self.id = id
        if let failure = result.error {
            error = Failure(code: failure.code.name, message: failure.message)
            return
        }
        answer = result.text
        experts = result.experts.map(\.rawValue)
        probabilities = result.choiceProbabilities.isEmpty ? nil : result.choiceProbabilities
        finishReason = result.finishReason.description
        degraded = result.degraded
        if withCosts {
            costs = Costs(
                energyJ: result.usage.energy.joules,
                energySource: result.usage.energySource.description,
                latencyMs: result.usage.total.milliseconds,
                promptTokens: result.usage.promptTokens,
                completionTokens: result.usage.completionTokens
            )
        }
    }
}
