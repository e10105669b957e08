import FoundationEssentials
import Logging
import MoE2Configuration
import MoE2Core
import MoE2Transport

extension ConnectionOptions {
    static let defaultGate = "tcp://127.0.0.1:7700"

    /// A caller as the options, the environment and the client configuration say, in this order.
    /// - Throws: ``StatusError`` that names the option or file that is wrong.
    func connect() throws -> any Caller {
        let environment = ProcessInfo.processInfo.environment
        do {
            let configuration = try ClientConfiguration.load(clientConfig)
            let addresses =
                [gate, environment["MOE2_GATE"].map { $0.split(separator: ",").map(String.init) }, configuration?.gate]
                .compactMap { $0 }.first { !$0.isEmpty } ?? [Self.defaultGate]
            var logger = Logger(label: "moe2")
            logger.logLevel = verbose ? .debug : .critical
            return try NNGCaller(
                addresses: addresses,
                tls: tls(configuration),
                authorization: try authorization(environment, configuration),
                logger: logger
            )
        } catch let error as ConfigurationError {
            throw StatusError(.invalidArgument, error.message)
        }
    }

    private func tls(_ configuration: ClientConfiguration?) -> ClientTLS? {
        (ca ?? configuration?.ca).map {
            ClientTLS(
                caFile: $0,
                certificateFile: cert ?? configuration?.cert,
                keyFile: key ?? configuration?.key
            )
        }
    }

    private func authorization(
        _ environment: [String: String],
        _ configuration: ClientConfiguration?
    ) throws(ConfigurationError) -> String? {
        if let token { return token }
        if let tokenFile { return try SecretFile.read(tokenFile, key: "--token-file") }
        if let token = environment["MOE2_TOKEN"] { return token }
        if let token = configuration?.token { return token }
        return try configuration?.tokenFile.map { path throws(ConfigurationError) in
            try SecretFile.read(path, key: "token_file")
        }
    }
}
