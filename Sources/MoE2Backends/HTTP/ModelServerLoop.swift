import NIOCore
import NIOPosix
import Synchronization

/// The thread of the process's connections to model servers, and of the tasks that use them: a shard that is executed here
/// changes no thread between the model server's socket and the gate's. One thread, as long as the process lives: model servers
/// are few, and memory counts on an edge host. What runs here must not block.
public final class ModelServerLoop: TaskExecutor {
    /// The process's only one.
    public static let shared = ModelServerLoop()

    let eventLoop: any EventLoop

    /// Jobs that the loop was told of and has not begun.
    private let jobs = Mutex<[UnownedJob]>([])

    private init() { eventLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next() }

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
