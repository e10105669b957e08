import MoE2Data
import MoE2Gating

/// Reads and writes gate files; what is wrong with one is said with its path.
enum GateFileAccess {
    /// The gate in the file at `path`.
    /// - Throws: `DataError` or `GatingError` that names the file.
    static func read(_ path: String) throws -> GateModel {
        let bytes = try GzipFile.read(path)
        do throws(GatingError) {
            return try GateFile.decode(bytes)
        } catch {
            throw GatingError(error.code, "'\(path)': \(error.message)")
        }
    }

    /// Writes `gate` to `path`, whole or not at all; returns the number of bytes.
    static func write(_ gate: GateModel, to path: String) throws -> Int {
        let bytes = GateFile.encode(gate)
        try FileWriter.write(bytes, to: path)
        return bytes.count
    }
}
