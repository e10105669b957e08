import HTTPTypes
import Synchronization

/// Bounds how many requests are answered at a time.
final class Admission: Sendable {
    /// The right to be answered; given back when the last reference is gone.
    final class Ticket: Sendable {
        private let admission: Admission
        fileprivate init(_ admission: Admission) { self.admission = admission }
        deinit { admission.active.subtract(1, ordering: .relaxed) }
    }

    private let active = Atomic(0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Requests being answered.
    var count: Int { active.load(ordering: .relaxed) }

    /// Takes one of the places.
    /// - Throws: 429 when all are taken.
    func enter() throws(APIError) -> Ticket {
        guard active.add(1, ordering: .relaxed).newValue <= limit else {
            active.subtract(1, ordering: .relaxed)
            var error = APIError(
                .tooManyRequests,
                type: "rate_limit_error",
                code: "rate_limit_exceeded",
                "\(limit) requests are being answered already; try again later"
            )
            error.retryAfter = .seconds(1)
            throw error
        }
        return Ticket(self)
    }
}
