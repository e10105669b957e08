import MoE2Core

/// The command line of a llama.cpp server.
struct LlamaCommand: Hashable, Sendable {
    /// The path of the program.
    var program: String
    var arguments: [String]

    /// The command for `settings` on `port`, with llama-server's flags.
    /// - Throws: `failedPrecondition` when the program is not there.
    init(_ settings: LlamaSettings, header: GGUFHeader, port: Int, searchPath: String) throws(StatusError) {
        program = try Executable.find(settings.command.first ?? "llama-server", searchPath: searchPath)
        let trained = header.contextLength > 0 ? header.contextLength : LlamaSettings.defaultContext
        let context = settings.context ?? min(trained, LlamaSettings.defaultContext)
        arguments = Array(settings.command.dropFirst())
        arguments += ["-m", settings.model, "--host", "127.0.0.1", "--port", "\(port)"]
        // llama-server divides its context among its slots.
        arguments += ["-c", "\(context * settings.slots)", "-np", "\(settings.slots)"]
        if let threads = settings.threads { arguments += ["-t", "\(threads)", "-tb", "\(threads)"] }
        if let layers = settings.gpuLayers { arguments += ["-ngl", "\(layers)"] }
        arguments += ["--metrics", "--slots"]
        arguments += settings.arguments
    }
}
