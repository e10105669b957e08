public import MoE2Loops
import NIOPosix

/// The thread of the process's connections to model servers, and of the tasks that use them: a shard that is executed here
/// changes no thread between the model server's socket and the gate's. One thread, as long as the process lives: model servers
/// are few, and memory counts on an edge host.
public enum ModelServerLoop {
    /// Runs tasks on the thread.
    public static let executor = EventLoopExecutor.of(MultiThreadedEventLoopGroup(numberOfThreads: 1).next())
}
