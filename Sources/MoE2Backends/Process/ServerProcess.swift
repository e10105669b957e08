import CMoE2Process
import Glibc
import MoE2Core
import Synchronization

/// A child process, its output and its end.
///
/// Lifecycle: ``start(program:arguments:environment:onLine:)``, then ``stop(grace:)``; wait for ``ended`` at any time. A thread
/// of its own starts it, reads its output and waits for it: the kernel kills the child when that thread ends, so the
/// child never outlives the agent, not even one that was killed with SIGKILL.
final class ServerProcess: Sendable {
    /// How a process ended.
    enum Ending: Hashable, Sendable, CustomStringConvertible {
        case exited(Int32)
        case killed(signal: Int32)

        var description: String {
            switch self {
            case .exited(let status): "it exited with status \(status)"
            case .killed(let signal): "it was killed by signal \(signal)"
            }
        }
    }

    private let pid: pid_t
    private let descriptor: Int32
    private let isReaped = Mutex(false)
    private let onLine: @Sendable (String) -> Void

    /// How the process ended, once it has.
    let ended = Latch<Ending>()

    private init(pid: pid_t, output: Int32, onLine: @escaping @Sendable (String) -> Void) {
        self.pid = pid
        descriptor = output
        self.onLine = onLine
    }

    /// Starts `program` with `arguments`.
    /// - Parameters:
    ///   - program: The path of the program.
    ///   - environment: All of the child's environment.
    ///   - onLine: Gets every line that the process writes to standard output or error, on the process's thread.
    /// - Throws: `failedPrecondition` when the system refuses.
    static func start(
        program: String,
        arguments: [String],
        environment: [String: String],
        onLine: @escaping @Sendable (String) -> Void
    ) async throws(StatusError) -> ServerProcess {
        let result = await withCheckedContinuation { continuation in
            let spawned = ProcessThread.run {
                do throws(StatusError) {
                    let process = try spawn(program, arguments, environment, onLine)
                    continuation.resume(returning: Result<ServerProcess, StatusError>.success(process))
                    process.watch()
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
            if !spawned {
                continuation.resume(
                    returning: .failure(StatusError(.resourceExhausted, "no thread can be started for '\(program)'"))
                )
            }
        }
        return try result.get()
    }

    /// Memory that the process has in RAM, in bytes; 0 when it has ended.
    var residentBytes: UInt64 { ProcFile.residentBytes(pid) }

    /// Its process id, for logs and tests.
    var identifier: Int32 { pid }

    /// Asks the process to end and kills it after `grace`. Returns when it has ended, also in a cancelled task.
    @discardableResult
    func stop(grace: Duration) async -> Ending {
        signal(SIGTERM)
        // Not part of the caller's task: that may be cancelled, and the child must end all the same.
        let insist = Task.detached {
            try await Task.sleep(for: grace)
            self.signal(SIGKILL)
        }
        let ending = await Task.detached { await self.ended.value() }.value
        insist.cancel()
        return ending ?? .killed(signal: SIGKILL)
    }

    /// Sends `number` to the process and all that it started in its group.
    func signal(_ number: Int32) {
        // Once reaped, the number may belong to another process.
        isReaped.withLock { isReaped in
            if !isReaped { kill(-pid, number) }
        }
    }

    private static func spawn(
        _ program: String,
        _ arguments: [String],
        _ environment: [String: String],
        _ onLine: @escaping @Sendable (String) -> Void
    ) throws(StatusError) -> ServerProcess {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            throw StatusError(.resourceExhausted, "no pipe can be made: \(String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[1]) }
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        var variables = environment.sorted { $0.key < $1.key }.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for word in words + variables { free(word) } }
        var pid: pid_t = 0
        let failure = moe2_spawn(program, &words, &variables, ends[1], &pid)
        guard failure == 0 else {
            close(ends[0])
            throw StatusError(
                .failedPrecondition,
                "cannot start '\(program)': \(String(cString: strerror(failure))); check the command"
            )
        }
        return ServerProcess(pid: pid, output: ends[0], onLine: onLine)
    }

    /// Reads the output until the process has ended, then reaps it.
    private func watch() {
        let end = moe2_pidfd(pid)
        var lines = LineSplitter()
        var isOpen = true
        var status: Int32 = 0
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            var events = [
                pollfd(fd: isOpen ? descriptor : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: end, events: Int16(POLLIN), revents: 0),
            ]
            // Without a descriptor for the end, it is looked for a few times a second.
            poll(&events, 2, end >= 0 ? -1 : 250)
            if isOpen, events[0].revents != 0 {
                let count = read(descriptor, &buffer, buffer.count)
                if count > 0 {
                    for line in lines.push(buffer[..<count]) { onLine(line) }
                    continue
                }
                if count == 0 || errno != EINTR { isOpen = false }
            }
            let hasEnded = isReaped.withLock { isReaped in
                if waitpid(pid, &status, WNOHANG) == pid { isReaped = true }
                return isReaped
            }
            if hasEnded { break }
        }
        for line in lines.finish() { onLine(line) }
        close(descriptor)
        if end >= 0 { close(end) }
        ended.fulfil(status & 0x7f == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: status & 0x7f))
    }
}
