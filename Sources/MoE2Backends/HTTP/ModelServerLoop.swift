import NIOCore
import NIOPosix

/// The thread of the process's connections to model servers, and of the tasks that use them: a shard that is executed here
/// changes no thread between the model server's socket and the gate's. One thread, as long as the process lives: model servers
/// are few, and memory counts on an edge host. What runs here must not block.
public final class ModelServerLoop: TaskExecutor {
    /// The process's only one.
    public static let shared = ModelServerLoop()

    let eventLoop: any EventLoop

    private init() { eventLoop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next() }

    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        eventLoop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
