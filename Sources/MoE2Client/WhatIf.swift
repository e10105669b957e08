public import MoE2Core

/// Hosts and experts to imagine away or back, as `--what-if` takes them: `-orin-3,+rtx-2`.
public struct WhatIf: Hashable, Sendable {
    /// To imagine away.
    public var without: [String] = []
    /// To imagine back.
    public var with: [String] = []

    /// Nothing imagined.
    public init() {}

    /// What `text` says.
    /// - Throws: `invalidArgument` that names the part that has no sign or no name.
    public init(_ text: String) throws(StatusError) {
        for part in text.split(separator: ",") {
            let trimmed = part.drop { $0 == " " }
            let name = String(trimmed.dropFirst())
            guard let sign = trimmed.first, sign == "-" || sign == "+", HostID(rawValue: name) != nil else {
                throw StatusError(
                    .invalidArgument,
                    "--what-if: '\(trimmed.prefix(80))': write -NAME to imagine a host or an expert away, +NAME to imagine it back"
                )
            }
            if sign == "-" { without.append(name) } else { with.append(name) }
        }
        guard !without.isEmpty || !with.isEmpty else {
            throw StatusError(.invalidArgument, "--what-if: names nobody; write for instance \"-orin-3,+rtx-2\"")
        }
    }
}
