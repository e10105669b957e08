import HTTPTypes
import MoE2Core
import MoE2Gate

/// Reads a batch's input file.
enum BatchInput {
    static let endpoints: Set = ["/v1/chat/completions", "/v1/completions"]
    /// The longest name of a line.
    private static let maximumCustomID = 512

    /// The lines of `content`, which all ask `endpoint`.
    /// - Throws: 400 that names the first line that is wrong.
    static func read(_ content: [UInt8], endpoint: String, in access: GateAccess) throws(APIError) -> [BatchInputLine] {
        var lines: [BatchInputLine] = []
        var names: Set<String> = []
        for (index, bytes) in split(content) {
            do throws(APIError) {
                let line = try self.line(bytes, endpoint: endpoint, in: access)
                guard names.insert(line.customID).inserted else {
                    throw .invalid("custom_id", "'custom_id' '\(line.customID.prefix(80))' comes twice")
                }
                lines.append(line)
            } catch {
                var error = error
                error.message = "line \(index + 1): \(error.message)"
                throw error
            }
            guard lines.count <= BatchEngine.maximumLines else {
                throw .invalid("input_file_id", "the file has more than \(BatchEngine.maximumLines) lines; split it")
            }
        }
        guard !lines.isEmpty else { throw .invalid("input_file_id", "the file has no lines") }
        return lines
    }

    /// The names of the lines, in their order.
    static func customIDs(_ content: [UInt8]) -> [String] {
        split(content).map { _, bytes in
            guard let document = try? JSONDocument(Array(bytes)),
                case .string(let name)? = document.root["custom_id"]?.kind
            else { return "" }
            return name
        }
    }

    private static func split(_ content: [UInt8]) -> [(index: Int, bytes: ArraySlice<UInt8>)] {
        content.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated()
            .filter { !$0.element.allSatisfy { $0 == 0x20 || $0 == 0x0D || $0 == 0x09 } }
            .map { ($0.offset, $0.element) }
    }

    private static func line(
        _ bytes: ArraySlice<UInt8>,
        endpoint: String,
        in access: GateAccess
    ) throws(APIError) -> BatchInputLine {
        let line = try BodyReader(Array(bytes))
        guard let name = try line.string("custom_id") else { throw line.missing("custom_id") }
        guard (1...maximumCustomID).contains(name.utf8.count) else {
            throw .invalid("custom_id", "'custom_id' must have 1 to \(maximumCustomID) bytes")
        }
        guard try line.string("method") ?? "POST" == "POST" else { throw .invalid("method", "'method' must be 'POST'") }
        guard try line.string("url") == endpoint else {
            throw .invalid("url", "'url' must be '\(endpoint)', as the batch's 'endpoint' says")
        }
        guard let body = try line.object("body") else { throw line.missing("body") }
        let request = try CompletionRequest(body, [:], isChat: endpoint == "/v1/chat/completions")
        guard !request.isStream else { throw .invalid("body.stream", "'body.stream': a batch is not streamed") }
        guard request.count == 1 else { throw .invalid("body.n", "'body.n': a line of a batch gets one answer") }
        let expert = try ModelName.expert(request.model, in: access)
        return BatchInputLine(customID: name, query: request.query(0, expert: expert, traceParent: ""))
    }
}
