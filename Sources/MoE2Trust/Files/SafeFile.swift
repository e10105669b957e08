import Glibc
public import MoE2Core

/// Files that others must not read, written so that a reader never sees half of one.
public enum SafeFile {
    /// For private keys and token files: only the owner may read.
    public static let secretMode: UInt32 = 0o600
    /// For certificates and lists: everybody may read.
    public static let publicMode: UInt32 = 0o644

    /// Replaces the file at `path` by `text` in one step. The bytes are on the disk before the name is.
    ///
    /// - Parameter mode: The file's permissions, given to it before it has any content.
    /// - Throws: `unavailable` that names the path and the cause.
    public static func write(_ text: String, to path: String, mode: UInt32) throws(StatusError) {
        let temporary = "\(path).\(getpid())-\(UInt32.random(in: 0...UInt32.max)).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw failure("create", temporary) }
        var isDone = false
        defer {
            close(descriptor)
            if !isDone { unlink(temporary) }
        }
        var bytes = ArraySlice(Array(text.utf8))
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write", temporary) }
            bytes = bytes.dropFirst(count)
        }
        guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else { throw failure("write", temporary) }
        guard rename(temporary, path) == 0 else { throw failure("replace", path) }
        isDone = true
        syncDirectory(of: path)
    }

    /// Makes the directory at `path`, which only its owner may enter, unless it is there.
    /// - Throws: `unavailable` that names the path and the cause.
    public static func makeDirectory(_ path: String) throws(StatusError) {
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure("make the directory", path) }
    }

    /// Runs `body` while no other process runs one on a file of the same directory.
    /// - Throws: `unavailable` when the directory cannot be locked, and what `body` throws.
    public static func withLock<Value>(
        on path: String,
        _ body: () throws(StatusError) -> Value
    ) throws(StatusError) -> Value {
        let directory = directory(of: path)
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open the directory", directory) }
        defer { close(descriptor) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else { throw failure("lock the directory", directory) }
        }
        return try body()
    }

    /// Whether something is at `path`.
    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Whether others than the owner may read the file at `path`.
    public static func isReadableByOthers(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o077 != 0
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// A rename is only durable once its directory is; best effort, since the file is whole either way.
    private static func syncDirectory(of path: String) {
        let descriptor = open(directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    private static func failure(_ action: String, _ path: String) -> StatusError {
        let cause = String(cString: strerror(errno))
        return StatusError(.unavailable, "cannot \(action) '\(path)': \(cause): check the path and its permissions")
    }
}
