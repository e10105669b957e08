import Glibc
import MoE2Core

/// Finds programs as a shell does.
enum Executable {
    /// The path of the program `name`: itself when it holds a slash, else the first on `searchPath`.
    /// - Throws: `failedPrecondition` when there is none that may be run.
    static func find(_ name: String, searchPath: String) throws(StatusError) -> String {
        let candidates =
            name.contains("/") ? [name] : searchPath.split(separator: ":").map { "\($0)/\(name)" }
        if let found = candidates.first(where: isProgram) { return found }
        throw StatusError(
            .failedPrecondition,
            name.contains("/")
                ? "'\(name)' is no program that may be run: check 'command'"
                : "there is no program '\(name)' on the PATH: install llama.cpp, or say where its server is with 'command'"
        )
    }

    private static func isProgram(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }
}
