import Hummingbird
import MoE2Core
import MoE2Gate

/// Lets only clients in that present a token with a scope: `Authorization: Bearer TOKEN`.
struct Authentication: RouterMiddleware {
    let authorizer: any ClientAuthorizer
    let scope: ClientScope

    func handle(
        _ request: Request,
        context: DoorContext,
        next: (Request, DoorContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.client = try authorizer.client(token: Self.token(request), scope: scope)
        return try await next(request, context)
    }

    private static func token(_ request: Request) -> String? {
        guard let header = request.headers[.authorization] else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}
