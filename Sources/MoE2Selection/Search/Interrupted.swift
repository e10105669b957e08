/// Work ended before it was done, because time was up or the caller gave up.
struct Interrupted: Error {}
