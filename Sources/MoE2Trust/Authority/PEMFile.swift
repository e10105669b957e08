import FoundationEssentials
import MoE2Core
import SwiftASN1
import X509

/// Reads PEM files.
enum PEMFile {
    private static let maximumBytes = 1 << 20

    /// All certificates in the file at `path`.
    /// - Throws: `invalidArgument` that names the file and what is wrong with it.
    static func certificates(_ path: String) throws(StatusError) -> [Certificate] {
        let documents = try documents(path).filter { $0.discriminator == Certificate.defaultPEMDiscriminator }
        guard !documents.isEmpty else { throw StatusError(.invalidArgument, "'\(path)' holds no certificate") }
        do {
            return try documents.map { try Certificate(pemDocument: $0) }
        } catch {
            throw StatusError(.invalidArgument, "'\(path)' holds a damaged certificate: \(error)")
        }
    }

    /// The one private key in the file at `path`.
    /// - Throws: `invalidArgument` that names the file and what is wrong with it.
    static func privateKey(_ path: String) throws(StatusError) -> Certificate.PrivateKey {
        let text = try text(path)
        do {
            return try Certificate.PrivateKey(pemEncoded: text)
        } catch {
            throw StatusError(.invalidArgument, "'\(path)' holds no private key that can be read: \(error)")
        }
    }

    static func documents(_ path: String) throws(StatusError) -> [PEMDocument] {
        let text = try text(path)
        do {
            return try PEMDocument.parseMultiple(pemString: text)
        } catch {
            throw StatusError(.invalidArgument, "'\(path)' is no PEM file: \(error)")
        }
    }

    private static func text(_ path: String) throws(StatusError) -> String {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw StatusError(.invalidArgument, "cannot read '\(path)': check the path and its permissions (\(error))")
        }
        guard data.count <= maximumBytes, let text = String(validating: data, as: UTF8.self) else {
            throw StatusError(.invalidArgument, "'\(path)' is no PEM file")
        }
        return text
    }
}
