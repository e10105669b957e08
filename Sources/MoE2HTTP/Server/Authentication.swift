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
        next: @concurrent (Request, DoorContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.client = try authorizer.client(token: Self.token(request), scope: scope)
        return try await next(request, context)
    }

    private static func token(_ request: Request) -> String? {
        guard let header = request.headers[.authorization]?.utf8,
            let space = header.firstIndex(of: UInt8(ascii: " ")),
            header[..<space].elementsEqual("bearer".utf8, by: { $0 | 0x20 == $1 })
        else { return nil }
        return String(header[header.index(after: space)...].drop { $0 == UInt8(ascii: " ") })
    }
}
