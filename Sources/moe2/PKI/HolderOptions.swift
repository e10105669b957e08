import ArgumentParser
import MoE2Core
import MoE2Trust

/// Whose certificate it is.
struct HolderOptions: ParsableArguments {
    @Option(name: .long, help: "What it is for: gate, agent or client.")
    var role: String

    @Option(name: .long, help: "Whose it is; for an agent its host.id.")
    var name: String

    func identity() throws(StatusError) -> CertificateIdentity {
        guard let known = CertificateRole(rawValue: role) else {
            throw StatusError(.invalidArgument, "--role: '\(role)' is not known; give gate, agent or client")
        }
        return try CertificateIdentity(role: known, name: name)
    }
}
