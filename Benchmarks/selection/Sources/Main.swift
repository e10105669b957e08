import Glibc

/// Measures the expert selection in thread CPU time. Every command prints one row of a table; `report.py` puts them together.
@main
enum Main {
    private static let usage = """
        usage: selection-bench COMMAND …
          solve FAMILY NxM [--seeds 20] [--gaps 1] [--ms LIMIT]   time to the proof, nodes, gap at 10, 100 and 1000 ms
          events FAMILY NxM [--events 400]                        events of a fleet beside fresh solves
          frontier FAMILY NxM [--points 50] [--seeds 10]          a frontier of energy budgets
          cancel FAMILY NxM [--seeds 10]                          time between two looks at a cancellation
          memory FAMILY NxM                                       peak memory of a solve over its score matrix
          file PATH                                               an instance file, as JSON
          fuzz COUNT [--seed 1]                                   random small problems against enumeration
        instances: [--tight 0.2] [--k N] [--T 0] [--max N]; families: \
        \(Family.allCases.map(\.rawValue).joined(separator: ", "))

        """

    private static func note(_ text: String) {
        _ = Array(text.utf8).withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    static func main() {
        let options = Options(CommandLine.arguments.dropFirst(2))
        do {
            switch CommandLine.arguments.dropFirst().first {
            case "solve": try SolveBench(options).run()
            case "events": try EventBench(options).run()
            case "frontier": try FrontierBench(options).run()
            case "cancel": try CancelBench(options).run()
            case "memory": try MemoryBench(options).run()
            case "file": try FileBench(path: try options.word(0)).run()
            case "fuzz": try Fuzz.run(Int(try options.word(0)) ?? 0, seed: UInt64(try options.count("seed", 1)))
            default: throw UsageError()
            }
        } catch is UsageError {
            note(usage)
            exit(2)
        } catch {
            note("error: \(error)\n")
            exit(1)
        }
    }
}
