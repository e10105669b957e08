import FoundationEssentials
public import GRDB
import Glibc
public import MoE2Core

/// The gate's database file: SQLite in WAL mode, so that readers never wait for the writer and a killed process loses
/// no committed transaction.
///
/// Lifecycle: open it, hand it to those who keep something in it, close it at the end. Everything in it is reached
/// through ``database``.
public final class Store: Sendable {
    /// A file up to this size is checked page by page when it is opened; a larger one would delay the start.
    private static let checkedBytes = 64 << 20
    /// How long a transaction waits for another process that holds the file.
    private static let busyTimeout = 5.0

    /// The database: reads in parallel, writes one after the other.
    public let database: DatabasePool
    /// The file's path.
    public let path: String

    private init(database: DatabasePool, path: String) {
        self.database = database
        self.path = path
    }

    /// Opens the file at `path`, makes it when it is missing, and brings its tables up to date.
    /// - Throws: ``StatusError`` that names the file, what is wrong with it and the cure.
    public static func open(_ path: String) throws(StatusError) -> Store {
        _ = try folder(of: path)
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(busyTimeout)
            configuration.label = "store"
            let database = try DatabasePool(path: path, configuration: configuration)
            let migrator = StoreSchema.migrator
            try check(database, path)
            if try database.read({ try migrator.hasBeenSuperseded($0) }) {
                throw StatusError(
                    .failedPrecondition,
                    "store '\(path)' was written by a newer version; use that version, or another file"
                )
            }
            try migrator.migrate(database)
            return Store(database: database, path: path)
        } catch let error as StatusError {
            throw error
        } catch {
            throw explained(error, path)
        }
    }

    /// Whether ``open(_:)`` would succeed. Makes no file.
    /// - Throws: ``StatusError`` as ``open(_:)`` does.
    public static func check(_ path: String) throws(StatusError) {
        guard !FileManager.default.fileExists(atPath: path) else {
            try open(path).close()
            return
        }
        let folder = try folder(of: path)
        guard FileManager.default.isWritableFile(atPath: folder) else {
            throw explained(DatabaseError(resultCode: .SQLITE_CANTOPEN), path)
        }
    }

    private static func folder(of path: String) throws(StatusError) -> String {
        let folder = URL(filePath: path).deletingLastPathComponent().path()
        guard FileManager.default.fileExists(atPath: folder.isEmpty ? "." : folder) else {
            throw StatusError(
                .failedPrecondition,
                "store '\(path)': the folder '\(folder)' does not exist; make it, or name another place"
            )
        }
        return folder.isEmpty ? "." : folder
    }

    /// Closes the file. Nobody may use the store afterwards.
    public func close() {
        // Everything moves from the log into the file itself, so that the file alone can be copied.
        try? database.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        try? database.close()
    }

    private static func check(_ database: DatabasePool, _ path: String) throws {
        var file = stat()
        guard stat(path, &file) == 0, file.st_size > 0, file.st_size <= checkedBytes else { return }
        let finding = try database.read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") }
        guard finding == "ok" else {
            throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: finding)
        }
    }

    /// What a failed open means for the person who started the gate.
    static func explained(_ error: any Error, _ path: String) -> StatusError {
        guard let error = error as? DatabaseError else {
            return StatusError(.internal, "store '\(path)': \(error)")
        }
        let cause = error.message ?? error.resultCode.description
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return StatusError(
                .dataLoss,
                """
                store '\(path)' is damaged or no SQLite database (\(cause)); move it away, and the gate makes a new one, \
                or save what is left with: sqlite3 '\(path)' .recover
                """
            )
        case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_IOERR, .SQLITE_AUTH:
            return StatusError(
                .failedPrecondition,
                "store '\(path)' cannot be written (\(cause)); give the gate's user write access to it and its folder"
            )
        case .SQLITE_FULL:
            return StatusError(.failedPrecondition, "store '\(path)': the disk is full; free some space")
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return StatusError(.unavailable, "store '\(path)' is in use by another process; end that first")
        default:
            return StatusError(.internal, "store '\(path)': \(cause)")
        }
    }
}
