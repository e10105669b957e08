import Glibc

/// The CPU time of the calling thread.
enum ThreadClock {
    /// CPU time since the thread began, in microseconds.
    static func microseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
    }
}
