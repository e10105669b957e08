import Synchronization

/// What a C callback gets: an object that may not exist yet when the callback is registered. Retained for good, since
/// NNG's callbacks may come as long as the process lives.
final class CallbackBox<Target: AnyObject & Sendable>: Sendable {
    private let target = Mutex<Target?>(nil)

    func set(_ object: Target) { target.withLock { $0 = object } }

    func retained() -> UnsafeMutableRawPointer { Unmanaged.passRetained(self).toOpaque() }

    static func target(of pointer: UnsafeMutableRawPointer?) -> Target? {
        guard let pointer else { return nil }
        return Unmanaged<CallbackBox>.fromOpaque(pointer).takeUnretainedValue().target.withLock { $0 }
    }
}
