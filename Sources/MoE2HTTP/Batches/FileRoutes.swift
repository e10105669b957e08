import Glibc
import HTTPTypes
import Hummingbird
import MoE2Core
import MoE2Gate
import MoE2Store

/// `/v1/files`: what batches are made of, and their results.
struct FileRoutes: Sendable {
    let access: GateAccess
    let admission: Admission
    let limits: HTTPLimits

    func register(on router: some RouterMethods<DoorContext>) {
        router.post("v1/files") { request, context in try await upload(request, context) }
        router.get("v1/files") { _, context in
            let files = try Shelf(access).files.files(of: Shelf.name(context))
            return ModelRoutes.response(Shelf.list { for file in files { BatchWriter.write(file, to: &$0) } })
        }
        router.get("v1/files/:id") { _, context in
            let file = try await found(try context.parameters.require("id"), context)
            return ModelRoutes.response(JSONWriter.value { BatchWriter.write(file, to: &$0) })
        }
        router.get("v1/files/:id/content") { _, context in
            try await content(try context.parameters.require("id"), context)
        }
        router.delete("v1/files/:id") { _, context in
            let id = try context.parameters.require("id")
            guard try Shelf(access).files.remove(id, client: Shelf.name(context)) else { throw Self.missing(id) }
            return ModelRoutes.response(
                JSONWriter.object { writer in
                    writer.member("id", id)
                    writer.member("object", "file")
                    writer.member("deleted", true)
                }
            )
        }
    }

    private static func missing(_ id: String) -> APIError {
        APIError(.notFound, code: "file_not_found", "there is no file '\(id.prefix(80))'; GET /v1/files lists yours")
    }

    private func upload(_ request: Request, _ context: DoorContext) async throws -> Response {
        let shelf = try Shelf(access)
        let ticket = try admission.enter()
        defer { withExtendedLifetime(ticket) {} }
        var larger = limits
        larger.bodyBytes = limits.fileBytes
        larger.bodyTime = limits.fileTime
        let body = try await BodyCollector.collect(request, limits: larger)
        let form = try MultipartForm(body, contentType: request.headers[.contentType])
        guard form.text("purpose") == "batch" else {
            throw APIError.invalid("purpose", "'purpose' must be 'batch': files are kept for batches only")
        }
        guard let part = form.parts.first(where: { $0.name == "file" }) else {
            throw APIError.invalid("file", "'file' is missing")
        }
        let file = ShelvedFile(
            id: "file-\(QueryID.random())",
            name: String((part.fileName ?? "batch.jsonl").prefix(200)),
            purpose: "batch",
            created: Double(time(nil)),
            bytes: part.content.count
        )
        try shelf.files.add(file, content: Array(part.content), client: Shelf.name(context))
        return ModelRoutes.response(JSONWriter.value { BatchWriter.write(file, to: &$0) })
    }

    /// A file that the client sent, or one of results.
    private func found(_ id: String, _ context: DoorContext) async throws -> ShelvedFile {
        let shelf = try Shelf(access)
        if let (batch, results) = BatchWriter.results(named: id) {
            guard let order = try shelf.files.batch(batch, client: Shelf.name(context)) else { throw Self.missing(id) }
            return ShelvedFile(
                id: id,
                name: "\(batch)-\(results.rawValue).jsonl",
                purpose: "batch_output",
                created: order.created,
                bytes: 0
            )
        }
        guard let file = try shelf.files.file(id, client: Shelf.name(context)) else { throw Self.missing(id) }
        return file
    }

    private func content(_ id: String, _ context: DoorContext) async throws -> Response {
        let shelf = try Shelf(access)
        let client = Shelf.client(context)
        guard let (batch, results) = BatchWriter.results(named: id) else {
            guard let content = try shelf.files.content(of: id, client: client.name) else { throw Self.missing(id) }
            return Self.response(ResponseBody(byteBuffer: ByteBuffer(bytes: content)))
        }
        guard let order = try shelf.files.batch(batch, client: client.name) else { throw Self.missing(id) }
        guard try await shelf.batches.status(batch, client: client).state.isFinal else {
            throw APIError(.conflict, code: "batch_not_finished", "batch '\(batch)' is not finished yet")
        }
        let names = BatchInput.customIDs(try shelf.files.content(of: order.file, client: client.name) ?? [])
        return Self.response(
            ResponseBody { body in
                let pipe = EventPipe<[UInt8]>(capacity: 64)
                let task = Task {
                    try? await shelf.batches.results(of: batch, first: 0, client: client) { event in
                        guard case .result(let result) = event, (result.error != nil) == (results == .error) else {
                            return
                        }
                        let name = names.indices.contains(result.line) ? names[result.line] : ""
                        try await pipe.send(BatchWriter.line(result, order, customID: name))
                    }
                    pipe.finish()
                }
                defer {
                    task.cancel()
                    pipe.finish()
                }
                while let line = await pipe.next() { try await body.write(ByteBuffer(bytes: line)) }
                try await body.finish(nil)
            }
        )
    }

    private static func response(_ body: ResponseBody) -> Response {
        Response(status: .ok, headers: [.contentType: "application/jsonl"], body: body)
    }
}
