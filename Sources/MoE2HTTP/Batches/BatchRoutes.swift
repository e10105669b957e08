import Glibc
import HTTPTypes
import Hummingbird
import MoE2Configuration
import MoE2Core
import MoE2Gate
import MoE2Store

/// `/v1/batches`: many queries in a file, on the gate's batch engine.
struct BatchRoutes: Sendable {
    /// Queries handed to the engine at a time.
    private static let page = 256
    private static let members: Set = ["input_file_id", "endpoint", "completion_window", "metadata", "moe2"]
    /// The most bytes of a client's notes.
    private static let maximumMetadata = 16 << 10

    let access: GateAccess
    let limits: HTTPLimits

    func register(on router: some RouterMethods<DoorContext>) {
        router.post("v1/batches") { request, context in try await create(request, context) }
        router.get("v1/batches") { _, context in
            let shelf = try Shelf(access)
            var batches: [(ShelvedBatch, BatchStatus)] = []
            for batch in try shelf.files.batches(of: Shelf.name(context)) {
                // One that was forgotten meanwhile is not listed.
                guard let status = try? await shelf.batches.status(batch.id, client: Shelf.client(context)) else {
                    continue
                }
                batches.append((batch, status))
            }
            return ModelRoutes.response(
                Shelf.list { for (batch, status) in batches { BatchWriter.write(batch, status, to: &$0) } }
            )
        }
        router.get("v1/batches/:id") { _, context in
            let (shelf, batch) = try found(context)
            return Self.response(batch, try await shelf.batches.status(batch.id, client: Shelf.client(context)))
        }
        router.post("v1/batches/:id/cancel") { _, context in
            let (shelf, batch) = try found(context)
            let client = Shelf.client(context)
            let status = try await shelf.batches.status(batch.id, client: client)
            // Cancelling one that is over would make the engine forget it.
            guard !status.state.isFinal else { return Self.response(batch, status) }
            return Self.response(batch, try await shelf.batches.cancel(batch.id, client: client))
        }
    }

    private static func response(_ batch: ShelvedBatch, _ status: BatchStatus) -> Response {
        ModelRoutes.response(JSONWriter.value { BatchWriter.write(batch, status, to: &$0) })
    }

    private func found(_ context: DoorContext) throws -> (Shelf, ShelvedBatch) {
        let shelf = try Shelf(access)
        let id = try context.parameters.require("id")
        guard let batchID = BatchID(rawValue: id),
            let batch = try shelf.files.batch(batchID, client: Shelf.name(context))
        else {
            throw APIError(.notFound, code: "batch_not_found", "there is no batch '\(id.prefix(80))'")
        }
        return (shelf, batch)
    }

    private func create(_ request: Request, _ context: DoorContext) async throws -> Response {
        let shelf = try Shelf(access)
        let client = Shelf.client(context)
        let body = try BodyReader(try await BodyCollector.collect(request, limits: limits))
        if let unknown = body.names.first(where: { !Self.members.contains($0) }) {
            throw APIError.invalid(unknown, "unknown parameter '\(unknown.prefix(80))'", code: "unknown_parameter")
        }
        guard let file = try body.string("input_file_id") else { throw body.missing("input_file_id") }
        guard let endpoint = try body.string("endpoint") else { throw body.missing("endpoint") }
        guard BatchInput.endpoints.contains(endpoint) else {
            throw APIError.invalid(
                "endpoint",
                "'endpoint' must be one of \(BatchInput.endpoints.sorted().joined(separator: ", "))"
            )
        }
        guard let content = try shelf.files.content(of: file, client: client.name) else {
            throw APIError.invalid("input_file_id", "there is no file '\(file.prefix(80))'", code: "file_not_found")
        }
        let metadata = try body.object("metadata") == nil ? "{}" : body.json("metadata") ?? "{}"
        guard metadata.utf8.count <= Self.maximumMetadata else {
            throw APIError.invalid("metadata", "'metadata' is too large")
        }
        let window = try body.string("completion_window") ?? "24h"
        let lines = try BatchInput.read(content, endpoint: endpoint, in: access)
        let id = try BatchID("batch_\(QueryID.random())")
        let order = BatchOrder(
            id: id,
            lines: lines.count,
            energyLimit: try FleetOptions(try body.object("moe2"), [:]).budget.energy,
            timeLimit: try Self.timeLimit(window)
        )
        _ = try await shelf.batches.create(order, client: client)
        let batch = ShelvedBatch(
            id: id,
            file: file,
            endpoint: endpoint,
            window: window,
            metadata: metadata,
            created: Double(time(nil))
        )
        try shelf.files.add(batch, client: client.name)
        return Self.response(batch, try await send(lines, to: id, shelf, client))
    }

    private func send(
        _ lines: [BatchInputLine],
        to id: BatchID,
        _ shelf: Shelf,
        _ client: ClientIdentity
    ) async throws -> BatchStatus {
        var status: BatchStatus?
        var first = 0
        do {
            while first < lines.count {
                let page = lines[first..<min(first + Self.page, lines.count)]
                status = try await shelf.batches.append(page.map(\.query), to: id, first: first, client: client)
                first += page.count
            }
        } catch {
            // A line that can never be answered: nothing of the batch is done.
            _ = try? await shelf.batches.cancel(id, client: client)
            throw error
        }
        return try status ?? { throw StatusError(.internal, "an empty batch was accepted") }()
    }

    private static func timeLimit(_ window: String) throws(APIError) -> Duration {
        do {
            let limit = try HumanUnits.duration(window)
            guard limit > .zero else {
                throw APIError.invalid("completion_window", "'completion_window' must be above 0")
            }
            return limit
        } catch let error as ConfigurationError {
            throw .invalid("completion_window", "'completion_window': \(error.message)")
        } catch {
            throw APIError(error)
        }
    }
}
