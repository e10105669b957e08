public import MoE2Core

extension QueryEngine {
    /// Texts of one request that are embedded at a time.
    static let embeddedAtOnce = 4
    /// The most texts of one request.
    public static let maximumEmbeddedTexts = 256

    /// Embeds `texts` by `expert`, or by the first expert by name that embeds: always the same one, so that vectors of
    /// two calls can be compared.
    /// - Throws: `notFound` when no such expert embeds, `unavailable` when it cannot be used at present.
    public func embed(
        _ texts: [String],
        expert wanted: ExpertID?,
        client: ClientIdentity,
        traceParent: String = ""
    ) async throws -> Embedding {
        guard (1...Self.maximumEmbeddedTexts).contains(texts.count) else {
            throw StatusError(
                .invalidArgument,
                "input: \(texts.count) texts; 1 to \(Self.maximumEmbeddedTexts) are allowed"
            )
        }
        let (expert, status) = try embedder(wanted)
        let queries = texts.map { text in
            Query(
                id: .random(),
                messages: [Message(role: .user, content: text)],
                expert: expert,
                traceParent: traceParent
            )
        }
        for query in queries { try QueryLimits.check(query) }
        var results: [(Int, ShardResult)] = []
        try await withThrowingTaskGroup(of: (Int, ShardResult).self) { group in
            for (index, query) in queries.enumerated() {
                if index >= Self.embeddedAtOnce, let result = try await group.next() { results.append(result) }
                group.addTask { (index, try await embed(query, on: status, client)) }
            }
            for try await result in group { results.append(result) }
        }
        results.sort { $0.0 < $1.0 }
        return Embedding(
            expert: expert,
            host: status.host.id,
            vectors: results.map(\.1.embedding),
            usage: results.reduce(into: Usage()) { sum, result in
                sum.promptTokens += result.1.usage.promptTokens
                sum.energy += result.1.usage.energy
                sum.energySource = result.1.usage.energySource
            }
        )
    }

    private func embedder(_ wanted: ExpertID?) throws(StatusError) -> (ExpertID, HostStatus) {
        let able = launcher.hub.hosts().flatMap { status in
            status.experts.filter(\.embeds).map { ($0.id, status) }
        }.sorted { $0.0 < $1.0 }
        guard let found = able.first(where: { wanted == nil || $0.0 == wanted }) else {
            let names = able.map(\.0.rawValue).joined(separator: ", ")
            throw StatusError(
                .notFound,
                """
                \(wanted.map { "expert '\($0)' does not embed" } ?? "no expert of the fleet embeds") text; those that do: \
                \(names.isEmpty ? "none" : names)
                """
            )
        }
        return found
    }

    private func embed(
        _ query: Query,
        on status: HostStatus,
        _ client: ClientIdentity
    ) async throws -> ShardResult {
        let progress = admit(query, client, .interactive)
        observer.queryStarted(query, client: client, category: progress.category)
        do {
            let (member, result) = try await runEmbedding(query, on: status, progress)
            var ended = progress
            ended.spend(result.usage)
            var usage = ended.usage
            usage.total = now - progress.admitted
            finish(
                ended,
                answer: Answer(
                    text: "",
                    decision: TeamDecision(team: [member], predicted: .zero, plan: 0, category: progress.category),
                    usage: usage,
                    timeToFirstToken: usage.total
                ),
                error: nil
            )
            return result
        } catch {
            finish(progress, answer: nil, error: Self.status(of: error))
            throw error
        }
    }

    private func runEmbedding(
        _ query: Query,
        on status: HostStatus,
        _ progress: QueryProgress
    ) async throws -> (TeamMember, ShardResult) {
        guard let expert = query.expert else { throw StatusError(.internal, "no expert to embed with") }
        let member = TeamMember(expert: expert, host: status.host.id, weight: 1, predicted: .zero)
        let launch = try launcher.launch(
            member,
            task: .embed,
            messages: query.messages,
            progress: progress,
            maxTokens: 1,
            cause: .first
        )
        do {
            while true {
                guard case .finished(let result) = try await launch.run.mailbox.next() else { continue }
                launcher.book(launch, result, progress: progress)
                if let error = result.error { throw error }
                guard !result.embedding.isEmpty else {
                    throw StatusError(.internal, "the model server of expert '\(expert)' sent an empty vector")
                }
                return (member, result)
            }
        } catch let error as CancellationError {
            launcher.withdraw(launch, progress: progress)
            throw error
        }
    }
}
