import FoundationEssentials
import Logging
import MoE2Calibration
import MoE2Configuration
import MoE2Core
import MoE2Data
import MoE2Gating
import MoE2Trust

/// What the configuration points to, read from disk.
enum GateFiles {
    /// The scorer of the configured gate file; by model size when none is configured.
    /// - Throws: `invalidArgument` that names the file and what is wrong with it.
    static func scorer(_ configuration: GateConfiguration) throws(StatusError) -> any ExpertScorer {
        guard let path = configuration.gateFile else { return SizeScorer() }
        do {
            let model = try GateFile.decode(try GzipFile.read(path))
            return GateScorer(model, embeddings: try embeddings(configuration, of: model))
        } catch let error as StatusError {
            throw error
        } catch {
            throw StatusError(.invalidArgument, "gate_file '\(path)': \(Self.message(error))")
        }
    }

    /// The configured embeddings for a gate that was trained on such; nil for one that reads prompts itself.
    /// - Throws: `invalidArgument` when the gate was trained on another model's embeddings or the address is none.
    private static func embeddings(
        _ configuration: GateConfiguration,
        of model: GateModel
    ) throws(StatusError) -> PromptEmbeddings? {
        guard let settings = configuration.embeddings, model.embeddedEncoder == nil else { return nil }
        let prefix = EmbeddingServer.identityPrefix + settings.model + "/"
        guard model.encoderIdentity.hasPrefix(prefix),
            let dimension = Int(model.encoderIdentity.dropFirst(prefix.count)), dimension > 0
        else {
            throw StatusError(
                .invalidArgument,
                "embeddings.model '\(settings.model)': the gate was trained on '\(model.encoderIdentity)'"
            )
        }
        do throws(CalibrationError) {
            let server = try EmbeddingServer(url: settings.url, model: settings.model)
            let timeout = settings.timeout
            let start = ContinuousClock.now
            return PromptEmbeddings(
                dimension: dimension,
                logger: Logger(label: "embeddings"),
                now: { ContinuousClock.now - start },
                fetch: { try await server.embeddings(of: $0, timeout: timeout * $0.count) }
            )
        } catch {
            throw StatusError(.invalidArgument, "embeddings.url: \(error.message)")
        }
    }

    /// The prompts of the configured calibration set; none when none is configured.
    /// - Throws: `invalidArgument` that names the file and what is wrong with it.
    static func prompts(_ configuration: GateConfiguration) throws(StatusError) -> CalibrationPrompts {
        guard let path = configuration.calibration?.prompts else { return CalibrationPrompts() }
        do {
            return CalibrationPrompts(
                try PromptFile.read(path).map { prompt in
                    // Labels are written `category:math`; a query names the value alone.
                    (prompt.text, prompt.labels.compactMap { Category(rawValue: value(of: $0)) })
                }
            )
        } catch {
            throw StatusError(.invalidArgument, "calibration.prompts '\(path)': \(Self.message(error))")
        }
    }

    /// The clients of the configured token file; nil on an insecure gate without one, which lets everybody in.
    /// - Throws: `invalidArgument` that names the file and what is wrong with it.
    static func clients(_ configuration: GateConfiguration) throws(StatusError) -> TokenClients? {
        guard let path = configuration.tokensFile else { return nil }
        return TokenClients(try TokenFile.read(path))
    }

    /// What tells agents; nil on an insecure gate, which believes everybody.
    /// - Throws: `invalidArgument` that names the file and what is wrong with it.
    static func agents(_ configuration: GateConfiguration) throws(StatusError) -> CertifiedAgents? {
        guard let verifier = try verifier(configuration), let tls = configuration.tls else { return nil }
        _ = try OwnCertificate(certificate: tls.certificate, key: tls.key, role: .gate)
        return CertifiedAgents(verifier)
    }

    /// What checks agents' certificates; nil on an insecure gate.
    /// - Throws: `invalidArgument` that names the file and what is wrong with it.
    static func verifier(_ configuration: GateConfiguration) throws(StatusError) -> CertificateVerifier? {
        guard let tls = configuration.tls else { return nil }
        return try CertificateVerifier(authorities: tls.ca, revoked: tls.revoked)
    }

    private static func value(of label: String) -> String {
        label.firstIndex(of: ":").map { String(label[label.index(after: $0)...]) } ?? label
    }

    private static func message(_ error: any Error) -> String {
        switch error {
        case let error as GatingError: error.message
        case let error as DataError: error.message
        default: "\(error)"
        }
    }
}
