import HTTPTypes
import Hummingbird
import Logging
import MoE2Core

/// Turns everything that fails into an error of the OpenAI API, and counts every answer.
struct ErrorAnswers: RouterMiddleware {
    let traffic: HTTPTraffic

    func handle(
        _ request: Request,
        context: DoorContext,
        next: @concurrent (Request, DoorContext) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            let answer = Self.apiError(error, request)
            if answer.status == .internalServerError {
                context.logger.error(
                    "a request failed",
                    metadata: ["path": "\(request.uri.path)", "error": "\(error)"]
                )
            }
            response = Self.response(answer)
        }
        traffic.answered(route: context.endpointPath ?? "NotFound", status: response.status.code)
        return response
    }

    private static func apiError(_ error: any Error, _ request: Request) -> APIError {
        guard let error = error as? HTTPError else { return APIError(error) }
        switch error.status {
        case .notFound:
            return APIError(
                .notFound,
                code: "unknown_url",
                "unknown URL: \(request.method) \(request.uri.path.prefix(200))"
            )
        case .contentTooLarge:
            return APIError(.contentTooLarge, code: "body_too_large", error.body ?? "the body is too large")
        default:
            return APIError(error.status, error.body ?? error.status.reasonPhrase)
        }
    }

    static func response(_ error: APIError) -> Response {
        var headers: HTTPFields = [.contentType: "application/json"]
        if error.status == .unauthorized { headers[.wwwAuthenticate] = "Bearer" }
        if let pause = error.retryAfter { headers[.retryAfter] = String(Int(max(1, pause.seconds.rounded(.up)))) }
        return Response(
            status: error.status,
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: error.body))
        )
    }
}
