import ArgumentParser
import FoundationEssentials
import MoE2Configuration
import MoE2Core
import MoE2Data
import MoE2Selection

/// Solves an expert-selection instance from a file.
struct SolveCommand: ParsableCommand {
    /// How to solve.
    enum Method: String, ExpressibleByArgument, CaseIterable {
        case brb, polyblock, brute
    }

    /// What a frontier trades quality for.
    enum Trade: String, ExpressibleByArgument, CaseIterable {
        case energy, latency
    }

    static let configuration = CommandConfiguration(
        commandName: "solve",
        abstract: "Find the best expert set of an instance file, with a proof (docs/SELECTION.md has the format).",
        discussion:
            "Exit code 3 when no set meets the limits; the smallest budgets that would do are part of the answer."
    )

    @Argument(help: "The instance, JSON, gzip-compressed or not; '-' reads standard input.")
    var instance: String

    @Option(help: ArgumentHelp("The most time to take, such as 100ms.", valueName: "duration"))
    var deadline: String?

    @Option(
        help: ArgumentHelp(
            "brb (the default), polyblock (the paper's method) or brute (up to \(BruteForce.maximumExperts) experts)."
        )
    )
    var method: Method = .brb

    @Option(help: "Print the frontier of quality against 'energy' or 'latency' instead of one set.")
    var frontier: Trade?

    @Option(help: "The category of a latency frontier. Default: every category of the instance.")
    var category: String?

    @Option(help: "The most corners of a frontier.")
    var points = 50

    @Option(name: .long, help: "The most nodes to visit.")
    var nodeLimit: Int?

    @Option(help: "Stop once the proved gap is at most this, such as 0.01.")
    var gap = 0.0

    @Flag(inversion: .prefixedNo, help: "Work out what a little more of every budget would buy.")
    var marginals = true

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let options = try options()
        var reader = InstanceReader()
        let problem: SelectionProblem
        do throws(SelectionError) {
            problem = try reader.read(try bytes())
        } catch {
            StandardStreams.note("error: \(instance): \(error)")
            throw ClientExit.invalidInput
        }
        if !reader.unknownKeys.isEmpty {
            StandardStreams.note("note: ignored keys: \(reader.unknownKeys.joined(separator: ", "))")
        }
        if let frontier {
            let report = FrontierReport(frontiers(frontier, problem, options), problem)
            try StandardStreams.write(json ? try report.json() + "\n" : report.text())
            return
        }
        let report = SolveReport(try solve(problem, options), problem, method: method.rawValue)
        try StandardStreams.write(json ? try report.json() + "\n" : report.text())
        if report.status == "infeasible" { throw ClientExit.noTeamFits }
    }

    private func options() throws -> SolveOptions {
        guard gap >= 0, gap.isFinite else { throw ValidationError("--gap: use a number ≥ 0, such as 0.01") }
        guard nodeLimit ?? 0 >= 0 else { throw ValidationError("--node-limit: use a number ≥ 0") }
        guard (1...10_000).contains(points) else { throw ValidationError("--points: use 1 to 10000") }
        let clock = ContinuousClock()
        let start = clock.now
        return SolveOptions(
            now: { clock.now - start },
            deadline: try deadline.map(duration),
            nodeLimit: nodeLimit,
            gap: gap,
            marginals: marginals
        )
    }

    private func duration(_ text: String) throws -> Duration {
        // Zero is a fair deadline here: what is known without any search.
        if ["0", "0ms", "0s"].contains(text) { return .zero }
        do throws(ConfigurationError) { return try HumanUnits.duration(text) } catch {
            throw ValidationError("--deadline: \(error.message)")
        }
    }

    private func bytes() throws(SelectionError) -> [UInt8] {
        do throws(DataError) {
            return try instance == "-" ? GzipFile.readStandardInput() : GzipFile.read(instance)
        } catch {
            throw SelectionError(field: "instance", error.message)
        }
    }

    private func solve(_ problem: SelectionProblem, _ options: SolveOptions) throws -> Certificate {
        switch method {
        case .brb: return SelectionSolver(options).solve(problem)
        case .polyblock: return Polyblock(options).solve(problem)
        case .brute:
            do throws(SelectionError) { return try BruteForce(options).solve(problem) } catch {
                StandardStreams.note("error: \(error)")
                throw ClientExit.invalidInput
            }
        }
    }

    private func frontiers(_ trade: Trade, _ problem: SelectionProblem, _ options: SolveOptions) -> [Frontier] {
        switch trade {
        case .energy: return [.energy(problem, points: points, options: options)]
        case .latency:
            let known = Set(problem.experts.flatMap { $0.latency.keys }).union(problem.limits.latency.keys).sorted()
            return (category.map { [$0] } ?? known).map {
                .latency(problem, category: $0, points: points, options: options)
            }
        }
    }
}
