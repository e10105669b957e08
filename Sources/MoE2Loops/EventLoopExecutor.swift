public import NIOCore
import Synchronization

/// Runs tasks on an event loop: what a task waits for on the loop's own sockets then costs no change of threads. What runs here must
/// not block.
public final class EventLoopExecutor: TaskExecutor {
    private static let executors = Mutex<[ObjectIdentifier: EventLoopExecutor]>([:])

    /// Where the tasks run.
    public let eventLoop: any EventLoop
    /// Jobs that the loop was told of and has not begun.
    private let jobs = Mutex<[UnownedJob]>([])

    private init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// The executor of `eventLoop`, which lives as long as the process.
    public static func of(_ eventLoop: any EventLoop) -> EventLoopExecutor {
        executors.withLock { executors in
            let known = executors[ObjectIdentifier(eventLoop)] ?? EventLoopExecutor(eventLoop)
            executors[ObjectIdentifier(eventLoop)] = known
            return known
        }
    }

    /// The loop is told of the first job only: those that come until it takes them up go with it.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isFirst = jobs.withLock { jobs in
            jobs.append(job)
            return jobs.count == 1
        }
        if isFirst { eventLoop.execute { self.runJobs() } }
    }

    private func runJobs() {
        let jobs = jobs.withLock { jobs in
            defer { jobs = [] }
            return jobs
        }
        for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
