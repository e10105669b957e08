import Glibc
import MoE2Core
import MoE2Testing
import Synchronization
import Testing

@testable import MoE2Backends

@Suite(.timeLimit(.minutes(1))) struct ServerProcessTests {
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock { $0 } }
    }

    private func start(_ script: String, _ lines: Lines = Lines()) async throws -> ServerProcess {
        try await ServerProcess.start(
            program: "/bin/sh",
            arguments: ["-c", script],
            environment: ["PATH": "/usr/bin:/bin", "COLOUR": "grün"]
        ) { lines.add($0) }
    }

    @Test func linesOfBothOutputsAndTheStatusArrive() async throws {
        let lines = Lines()
        let process = try await start("echo one; echo \"$COLOUR\" >&2; printf 'no end'; exit 7", lines)
        #expect(await process.ended.value() == .exited(7))
        #expect(lines.all == ["one", "grün", "no end"])
    }

    @Test func aProcessEndsWhenAsked() async throws {
        let process = try await start("sleep 1000")
        #expect(await process.stop(grace: .seconds(30)) == .killed(signal: SIGTERM))
        #expect(kill(process.identifier, 0) != 0)
        // Signals to a process that is gone go nowhere.
        process.signal(SIGKILL)
    }

    @Test func aStubbornProcessIsKilledWithItsChildren() async throws {
        let lines = Lines()
        let process = try await start(
            "trap '' TERM; (trap '' TERM; sleep 1000) & echo $!; while :; do sleep 1; done",
            lines
        )
        try await eventually("the child's number is there") { !lines.all.isEmpty }
        #expect(await process.stop(grace: .milliseconds(50)) == .killed(signal: SIGKILL))
        let child = try #require(Int32(lines.all[0]))
        try await eventually("the child is gone") { kill(child, 0) != 0 || isZombie(child) }
    }

    @Test func stoppingWorksInACancelledTask() async throws {
        let process = try await start("sleep 1000")
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await process.stop(grace: .seconds(30))
        }
        #expect(await task.value == .killed(signal: SIGTERM))
    }

    @Test func aBackgroundProcessThatKeepsTheOutputOpenDoesNotHideTheEnd() async throws {
        let process = try await start("sleep 1000 & exit 3")
        #expect(await process.ended.value() == .exited(3))
        kill(-process.identifier, SIGKILL)
    }

    @Test func nothingIsInheritedButTheThreeStandardOnes() async throws {
        let pipes = try #require(socketPair())
        defer { for descriptor in pipes { close(descriptor) } }
        let lines = Lines()
        let process = try await start("ls /proc/self/fd", lines)
        #expect(await process.ended.value() == .exited(0))
        // `ls` itself opens the folder as 3.
        #expect(Set(lines.all).isSubset(of: ["0", "1", "2", "3"]))
    }

    @Test func aProgramThatIsNotThereIsNamed() async throws {
        let error = await #expect(throws: StatusError.self) {
            try await ServerProcess.start(program: "/nowhere/server", arguments: [], environment: [:]) { _ in }
        }
        #expect(error?.message == "cannot start '/nowhere/server': No such file or directory; check the command")
    }

    @Test func programsAreFoundAsAShellDoes() throws {
        #expect(try Executable.find("sh", searchPath: "/nowhere:/bin") == "/bin/sh")
        #expect(try Executable.find("/bin/sh", searchPath: "") == "/bin/sh")
        let missing = #expect(throws: StatusError.self) { try Executable.find("llama-server", searchPath: "/nowhere") }
        #expect(missing?.message.contains("there is no program 'llama-server' on the PATH: install llama.cpp") == true)
        #expect(throws: StatusError.self) { try Executable.find("/etc/passwd", searchPath: "") }
    }

    private func socketPair() -> [Int32]? {
        var pair: [Int32] = [0, 0]
        return socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair) == 0 ? pair : nil
    }

    private func isZombie(_ pid: Int32) -> Bool {
        ProcFile.read("/proc/\(pid)/stat").contains(") Z ")
    }
}
