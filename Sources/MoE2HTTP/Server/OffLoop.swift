import Hummingbird

/// Answers requests that may block, on a file for instance, on the runtime's own threads.
struct OffLoop: RouterMiddleware {
    func handle(
        _ request: Request,
        context: DoorContext,
        next: @concurrent (Request, DoorContext) async throws -> Response
    ) async throws -> Response {
        try await withTaskExecutorPreference(globalConcurrentExecutor) { try await next(request, context) }
    }
}
