import ArgumentParser
import MoE2Configuration
import MoE2Core

/// What a query may say besides its prompt; shared by `query` and `chat`.
struct QueryOptions: ParsableArguments {
    @Option(name: .long, help: "The application category, such as chat, math or code. Default: the gate's.")
    var category: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The longest the answer may take, such as 800ms or 2s.", valueName: "duration")
    )
    var maxLatency: String?

    @Option(
        name: .long,
        help: ArgumentHelp("The most energy the answer may cost, such as 20J or 500mJ.", valueName: "energy")
    )
    var maxEnergy: String?

    @Option(name: [.customShort("k"), .customLong("k")], help: "The largest team. Default: the mode's.")
    var teamSize: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "How the team's answers become one: route, choice, vote or best.",
            discussion: """
                route   one expert, streamed as it is written (the default)
                choice  closed answers: the options' probabilities are mixed by gate weight; needs --choice
                vote    short answers: gate weights are added up per distinct answer
                best    several candidates, the one with the most weight and agreement wins
                """
        )
    )
    var mode: String?

    @Option(
        name: .customLong("choice"),
        help: ArgumentHelp("An option of a closed answer; give it once an option.", valueName: "text")
    )
    var choices: [String] = []

    @Option(name: .long, help: "The most tokens to write.")
    var maxTokens: Int = 512

    @Option(name: .long, help: "The sampling temperature; 0 always takes the most probable token.")
    var temperature: Double = 0

    @Option(name: .long, help: "The sampler's seed, for an answer that can be repeated.")
    var seed: Int64?

    @Option(name: .long, help: "A string at which the answer ends; may be given several times.")
    var stop: [String] = []

    @Option(name: .long, help: "The one expert that must answer. Default: the gate chooses.")
    var expert: String?

    @Option(name: .long, help: "Queries of higher priority leave the queue first.")
    var priority: Int32 = 0

    @Flag(name: .long, help: "Fail at once when every slot is busy, instead of waiting.")
    var noQueue = false

    /// A query with these options.
    /// - Throws: `ValidationError` that names the option and what is wrong with it.
    func query(id: QueryID, messages: [Message], explain: Bool) throws -> Query {
        Query(
            id: id,
            messages: messages,
            category: try category.map { try named("--category", $0) },
            budget: Budget(
                energy: try maxEnergy.map { try AmountOption.value("--max-energy", $0, HumanUnits.energy) },
                latency: try maxLatency.map { try AmountOption.value("--max-latency", $0, HumanUnits.duration) }
            ),
            mode: try answerMode(),
            teamSize: teamSize,
            choices: choices,
            decoding: Decoding(maxTokens: maxTokens, temperature: temperature, seed: seed, stop: stop),
            expert: try expert.map { try named("--expert", $0) },
            mayQueue: !noQueue,
            priority: priority,
            explain: explain
        )
    }

    private func answerMode() throws -> AnswerMode {
        guard let mode else { return choices.isEmpty ? .route : .choice }
        guard let known = AnswerMode(name: mode) else {
            throw ValidationError("--mode: '\(mode)' is no answer mode; use route, choice, vote or best")
        }
        return known
    }

    private func named<Subject>(_ option: String, _ text: String) throws -> Identifier<Subject> {
        do throws(StatusError) { return try Identifier(text) } catch {
            throw ValidationError("\(option): \(error.message)")
        }
    }
}
