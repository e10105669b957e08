import Glibc
import HTTPTypes
import Hummingbird
import MoE2Core
import MoE2Gate
import Synchronization

/// `/v1/chat/completions` and `/v1/completions`.
struct CompletionRoutes: Sendable {
    /// Pieces that wait for a client that reads slowly, before its experts have to wait.
    private static let waitingPieces = 32

    let access: GateAccess
    let admission: Admission
    let limits: HTTPLimits

    func register(on router: some RouterMethods<DoorContext>) {
        router.post("v1/chat/completions") { request, context in
            try await answer(request, context, isChat: true)
        }
        router.post("v1/completions") { request, context in
            try await answer(request, context, isChat: false)
        }
    }

    private func answer(_ request: Request, _ context: DoorContext, isChat: Bool) async throws -> Response {
        let ticket = try admission.enter()
        let body = try BodyReader(try await BodyCollector.collect(request, limits: limits))
        let completion = try CompletionRequest(body, request.headers, isChat: isChat)
        let expert = try ModelName.expert(completion.model, in: access)
        let trace = TraceParent.valid(request.headers)
        let queries = (0..<completion.count).map { completion.query($0, expert: expert, traceParent: trace) }
        let job = Job(
            queries: queries,
            client: context.client ?? ClientIdentity(name: "anonymous"),
            engine: access.engine,
            ticket: ticket
        )
        let writer = CompletionWriter(request: completion, id: queries[0].id, created: time(nil))
        return completion.isStream
            ? try await stream(job, writer, context.connection)
            : try await whole(job, writer, context.connection)
    }

    // MARK: Whole answers

    private func whole(_ job: Job, _ writer: CompletionWriter, _ connection: Connection?) async throws -> Response {
        let task = Task.immediate(executorPreference: connection?.executor) { try await job.answers() }
        connection?.watch { task.cancel() }
        defer { connection?.unwatch() }
        let answers = try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
        var headers: HTTPFields = [.contentType: "application/json"]
        if let first = answers.first {
            headers.append(contentsOf: FleetReport.headers(first.answer.decision, query: first.query))
            headers.append(contentsOf: FleetReport.measured(first.answer))
        }
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: writer.body(answers)))
        )
    }

    // MARK: Streams

    /// Starts answering. The head is held back until there is text, so that a query that fails before it gets the
    /// status that it deserves.
    private func stream(_ job: Job, _ writer: CompletionWriter, _ connection: Connection?) async throws -> Response {
        let pipe = EventPipe<Job.Event>(capacity: Self.waitingPieces)
        let task = Task(executorPreference: connection?.executor) {
            do {
                try await job.stream(into: pipe)
            } catch {
                try? await pipe.send(.failed(APIError(error)))
            }
            pipe.finish()
        }
        connection?.watch {
            task.cancel()
            pipe.finish()
        }
        var decision: TeamDecision?
        while let event = await pipe.next() {
            switch event {
            case .decided(let team):
                decision = decision ?? team
            case .failed(let error):
                connection?.unwatch()
                throw error
            case .piece, .done:
                var headers: HTTPFields = [
                    .contentType: "text/event-stream", .cacheControl: "no-cache", .trailer: FleetReport.trailerNames,
                ]
                if let decision {
                    headers.append(contentsOf: FleetReport.headers(decision, query: job.queries[0].id))
                }
                let sender = StreamSender(writer: writer, pipe: pipe, task: task, first: event)
                return Response(
                    status: .ok,
                    headers: headers,
                    body: ResponseBody { body in
                        defer { connection?.unwatch() }
                        try await sender.send(to: &body)
                    }
                )
            }
        }
        connection?.unwatch()
        task.cancel()
        throw CancellationError()
    }
}
