import HTTPTypes
import MoE2Configuration
import MoE2Core

/// What a request asks of the fleet beyond the OpenAI API: the object `moe2` of the body, or the headers `x-moe2-*`.
/// The body wins.
struct FleetOptions: Sendable {
    var category: MoE2Core.Category?
    var mode: AnswerMode = .route
    var choices: [String] = []
    var teamSize: Int?
    var budget = Budget.unlimited
    var mayQueue = true
    var priority: Int32 = 0
    var explain = false

    private static let members: Set = [
        "category", "mode", "choices", "k", "max_energy", "max_latency", "queue", "priority", "explain",
    ]
    private static let headerPrefix = "x-moe2-"
    /// The header that says the same as each member.
    private static let headerNames = Dictionary(
        uniqueKeysWithValues: members.compactMap { member in
            HTTPField.Name(headerPrefix + String(member.map { $0 == "_" ? "-" : $0 })).map { (member, $0) }
        }
    )

    init(_ body: BodyReader?, _ headers: HTTPFields) throws(APIError) {
        if let unknown = body?.names.first(where: { !Self.members.contains($0) }) {
            throw .invalid(
                "moe2.\(unknown)",
                "unknown parameter 'moe2.\(unknown)'; known are \(Self.members.sorted().joined(separator: ", "))",
                code: "unknown_parameter"
            )
        }
        // Most requests have none, and looking for each takes longer than all else here.
        let hasHeaders = headers.contains { $0.name.canonicalName.hasPrefix(Self.headerPrefix) }
        guard body != nil || hasHeaders else { return }
        let source = Source(body: body, headers: hasHeaders ? headers : [:])
        if let name = try source.text("category") {
            guard let valid = MoE2Core.Category(rawValue: name) else {
                throw .invalid("moe2.category", "'\(name.prefix(80))' is no valid category name")
            }
            category = valid
        }
        if let name = try source.text("mode") {
            guard let valid = AnswerMode(name: name) else {
                let names = AnswerMode.allCases.map(\.description).joined(separator: ", ")
                throw .invalid("moe2.mode", "unknown mode '\(name.prefix(80))'; known are \(names)")
            }
            mode = valid
        }
        choices = try body?.strings("choices", atMost: 64) ?? []
        teamSize = try source.integer("k", 1...8)
        priority = Int32(try source.integer("priority", -100...100) ?? 0)
        mayQueue = try source.flag("queue") ?? true
        explain = try source.flag("explain") ?? false
        budget.energy = try source.amount("max_energy", plain: { .joules($0) }, HumanUnits.energy)
        budget.latency = try source.amount("max_latency", plain: { .milliseconds(clamping: $0) }, HumanUnits.duration)
    }

    /// The options' two places.
    private struct Source {
        let body: BodyReader?
        let headers: HTTPFields

        private func header(_ name: String) -> String? {
            headers.isEmpty ? nil : FleetOptions.headerNames[name].flatMap { headers[$0] }
        }

        func text(_ name: String) throws(APIError) -> String? { try body?.string(name) ?? header(name) }

        func integer(_ name: String, _ range: ClosedRange<Int>) throws(APIError) -> Int? {
            if let number = try body?.integer(name, range) { return number }
            guard let text = header(name) else { return nil }
            guard let number = Int(text), range.contains(number) else {
                throw .invalid("x-moe2-\(name)", "'x-moe2-\(name)' must be \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }

        func flag(_ name: String) throws(APIError) -> Bool? {
            if let flag = try body?.bool(name) { return flag }
            guard let text = header(name) else { return nil }
            guard let flag = ["true": true, "1": true, "false": false, "0": false][text.lowercased()] else {
                throw .invalid("x-moe2-\(name)", "'x-moe2-\(name)' must be true or false")
            }
            return flag
        }

        /// A plain number (J or ms), or text with a unit.
        func amount<Value>(
            _ name: String,
            plain: (Double) -> Value,
            _ parse: (String) throws(ConfigurationError) -> Value
        ) throws(APIError) -> Value? {
            if let value = body?.value(name), case .number(let number) = value.kind { return plain(number) }
            guard let text = try text(name) else { return nil }
            if let number = Double(text) { return plain(number) }
            do {
                return try parse(text)
            } catch {
                throw .invalid("moe2.\(name)", "'moe2.\(name)': \(error.message)")
            }
        }
    }
}
