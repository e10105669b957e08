import ArgumentParser

/// What most `moe2 pki` commands are told.
struct AuthorityOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The authority's directory.", valueName: "path"))
    var dir = "moe2-ca"
}
