/// A weak reference that a task may hold: the object can end while the task goes on.
final class WeakReference<Object: AnyObject & Sendable>: Sendable {
    nonisolated(unsafe) private weak var reference: Object?

    init(_ object: Object) { reference = object }

    var object: Object? { reference }
}
