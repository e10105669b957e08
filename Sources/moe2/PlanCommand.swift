import ArgumentParser
import MoE2Client
import MoE2Configuration
import MoE2Core
import MoE2Transport
import MoE2Wire

/// `moe2 plan`: the active set of a category with its certificate, and what other budgets or hosts would buy.
struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show the plan of a category and the frontier of quality against budgets.",
        discussion: """
            The gate's planner solves for every limit asked for; nothing changes in the running fleet.

              moe2 plan
              moe2 plan --category math --energy 5..200J
              moe2 plan --latency 200ms..5s --svg frontier.svg
              moe2 plan --what-if "-orin-3,+rtx-2"
            """
    )

    @Option(name: .long, help: "The application category. Default: the gate's.")
    var category: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Energy limits per query: a range such as 5..200J, or 5J,10J,20J.", valueName: "range")
    )
    var energy: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Latency limits: a range such as 200ms..5s, or 1s,2s.", valueName: "range")
    )
    var latency: String?

    @Option(
        name: .long,
        parsing: .unconditional,
        help: ArgumentHelp(
            "Hosts and experts to imagine away (-NAME) or back (+NAME), separated by commas.",
            discussion: "A host that can be imagined back was drained, or was in the fleet since the gate started.",
            valueName: "changes"
        )
    )
    var whatIf: String?

    @Flag(name: .long, help: "Print one JSON object.")
    var json = false

    @Option(name: .long, help: ArgumentHelp("Draw the frontiers as a picture into this file.", valueName: "file"))
    var svg: String?

    @OptionGroup(title: "Connection") var connection: ConnectionOptions

    func run() async throws {
        let (json, svg) = (json, svg)
        let (category, energy, latency, whatIf) = (category, energy, latency, whatIf)
        try await GateSession.run(connection) { caller in
            let request = try Self.request(category, energy, latency, whatIf)
            let reply = try await caller.call(FleetMethods.plan, request, timeout: .seconds(30))
            let marginal = try await Self.marginal(reply.plan, request, caller)
            let frontiers = [Frontier.energy(reply.energyFrontier), Frontier.latency(reply.latencyFrontier)]
                .filter { !$0.limits.isEmpty }
            if let svg {
                let title = "MoE² plan of category \(reply.plan.category)"
                try FileWriter.write(FrontierSVG.render(frontiers, title: title), to: svg)
            }
            if json {
                let object = PlanJSON(
                    plan: reply.plan,
                    energyFrontier: reply.energyFrontier,
                    latencyFrontier: reply.latencyFrontier,
                    marginal: marginal
                )
                try StandardStreams.write(try JSONOutput.render(object) + "\n")
                return
            }
            let text = [PlanReport.render(reply.plan, marginal: marginal)] + frontiers.map(FrontierChart.render)
            try StandardStreams.write(text.joined(separator: "\n\n") + "\n")
        }
    }

    /// What a little more of each budget would buy: the gate solves again for the limits in force and for the next.
    private static func marginal(
        _ plan: Plan,
        _ request: PlanRequest,
        _ caller: any Caller
    ) async throws -> BudgetMarginals? {
        let (energies, latencies) = (BudgetMarginals.energies(plan), BudgetMarginals.latencies(plan))
        guard !energies.isEmpty || !latencies.isEmpty else { return nil }
        let more = PlanRequest(
            category: plan.category,
            energies: energies,
            latencies: latencies,
            without: request.without,
            with: request.with
        )
        let reply = try await caller.call(FleetMethods.plan, more, timeout: .seconds(30))
        return BudgetMarginals(energy: reply.energyFrontier, latency: reply.latencyFrontier)
    }

    private static func request(
        _ category: String?,
        _ energy: String?,
        _ latency: String?,
        _ whatIf: String?
    ) throws(StatusError) -> PlanRequest {
        let changes = try whatIf.map { text throws(StatusError) in try WhatIf(text) } ?? WhatIf()
        return PlanRequest(
            category: try category.map { name throws(StatusError) in try MoE2Core.Category(name) },
            energies: try limits("--energy", energy) { text throws(ConfigurationError) in
                try HumanUnits.energy(text).joules
            },
            latencies: try limits("--latency", latency) { text throws(ConfigurationError) in
                try HumanUnits.duration(text).milliseconds
            },
            without: changes.without,
            with: changes.with,
            suggestsLimits: energy == nil && latency == nil
        )
    }

    private static func limits(
        _ option: String,
        _ text: String?,
        _ parse: (String) throws(ConfigurationError) -> Double
    ) throws(StatusError) -> [Double] {
        guard let text else { return [] }
        do throws(StatusError) {
            return try LimitRange.limits(text) { part throws(StatusError) in
                do throws(ConfigurationError) { return try parse(part) } catch {
                    throw StatusError(.invalidArgument, error.message)
                }
            }
        } catch {
            throw StatusError(.invalidArgument, "\(option): \(error.message)")
        }
    }
}
