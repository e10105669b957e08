import ArgumentParser
import MoE2Configuration

/// How long a certificate lasts.
struct ValidityOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("How long the certificate lasts.", valueName: "duration"))
    var validFor = "90d"

    func validity() throws -> Duration { try HumanUnits.duration(validFor) }
}
