public import MoE2Core

/// How a llama.cpp server is started for an expert.
public struct LlamaSettings: Hashable, Sendable {
    /// The longest context that is taken without being asked for: memory is scarce on an edge host.
    public static let defaultContext = 4096

    /// The expert.
    public var expert: ExpertID
    /// The GGUF file.
    public var model: String
    /// The program and its first arguments; llama-server's flags are added.
    public var command: [String]
    /// Further flags, such as `--flash-attn`.
    public var arguments: [String]
    /// Shards at a time.
    public var slots: Int
    /// Processor threads; nil leaves it to the server.
    public var threads: Int?
    /// The context of a slot in tokens; nil takes the model's, at most ``defaultContext``.
    public var context: Int?
    /// Layers on the GPU; nil leaves it to the server.
    public var gpuLayers: Int?
    /// The port on 127.0.0.1; nil takes a free one.
    public var port: Int?
    /// How long the model may take to load.
    public var startLimit: Duration

    /// Settings for `expert` with the model in the file `model`.
    public init(
        expert: ExpertID,
        model: String,
        command: [String] = ["llama-server"],
        arguments: [String] = [],
        slots: Int = 1,
        threads: Int? = nil,
        context: Int? = nil,
        gpuLayers: Int? = nil,
        port: Int? = nil,
        startLimit: Duration = .seconds(600)
    ) {
        self.expert = expert
        self.model = model
        self.command = command
        self.arguments = arguments
        self.slots = slots
        self.threads = threads
        self.context = context
        self.gpuLayers = gpuLayers
        self.port = port
        self.startLimit = startLimit
    }
}
