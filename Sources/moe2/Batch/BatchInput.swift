import Crypto
import FoundationEssentials
import MoE2Client
import MoE2Core
import MoE2Wire

/// A batch's input file, read and checked.
struct BatchInput: Sendable {
    /// The longest line, in bytes.
    private static let maximumLineBytes = 1 << 20

    /// One query per line that is not empty. They are named after their place, so that the same file is the same batch.
    let queries: [Query]
    /// What the lines call themselves.
    let ids: [String?]

    /// Reads the file at `path`.
    /// - Throws: `invalidArgument` that names the line and what is wrong with it.
    init(_ path: String) throws(StatusError) {
        let bytes: Data
        do {
            bytes = try Data(contentsOf: URL(filePath: path))
        } catch {
            throw StatusError(.invalidArgument, "cannot read '\(path)': no such file, or it may not be read")
        }
        var queries: [Query] = []
        var ids: [String?] = []
        for (number, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { $0 > 0x20 }) else { continue }
            guard line.count <= Self.maximumLineBytes, let text = String(validating: line, as: UTF8.self) else {
                throw StatusError(.invalidArgument, "'\(path)' line \(number + 1): too long or not UTF-8")
            }
            do throws(StatusError) {
                let parsed = try BatchLine.parse(text)
                let name = QueryID(rawValue: "line-\(queries.count)")
                guard let name else { continue }
                queries.append(parsed.query(id: name))
                ids.append(parsed.id)
            } catch {
                throw StatusError(.invalidArgument, "'\(path)' line \(number + 1): \(error.message)")
            }
        }
        guard !queries.isEmpty else {
            throw StatusError(.invalidArgument, "'\(path)' holds no lines; write one JSON object a line")
        }
        self.queries = queries
        self.ids = ids
    }

    /// The batch's name: a hash of everything that decides its results, so that a batch that was interrupted is found again.
    func id(_ order: (energyLimit: Energy?, timeLimit: Duration?, trade: Double)) -> BatchID? {
        var hash = SHA256()
        for query in queries { hash.update(data: query.encoded()) }
        let limits = "\(order.energyLimit?.joules ?? -1) \(order.timeLimit?.seconds ?? -1) \(order.trade)"
        hash.update(data: Array(limits.utf8))
        let digits = Array("0123456789abcdef")
        let hex = hash.finalize().prefix(12).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return BatchID(rawValue: "batch-" + String(hex))
    }
}
