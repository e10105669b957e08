import MoE2Core
import MoE2Gate

/// What the names of models stand for.
enum ModelName {
    /// The fleet as one model.
    static let fleet = "moe2"

    /// The expert that `model` names; nil when it names the fleet.
    /// - Throws: 404 when it names neither.
    static func expert(_ model: String, in access: GateAccess) throws(APIError) -> ExpertID? {
        if model == fleet { return nil }
        if let expert = ExpertID(rawValue: model), access.loads()[expert] != nil { return expert }
        throw APIError(
            .notFound,
            code: "model_not_found",
            param: "model",
            "no model '\(model.prefix(80))'; use '\(fleet)' for the fleet, or an expert's name (GET /v1/models lists them)"
        )
    }
}
