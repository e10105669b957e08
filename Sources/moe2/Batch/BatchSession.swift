import MoE2Client
import MoE2Core
import MoE2Transport
import MoE2Wire

/// Has a batch answered: hands over what the gate does not have yet, then writes down results as they come. Every step can be
/// done again, so after a lost connection or a restarted gate it goes on.
struct BatchSession {
    private static let callTimeout = Duration.seconds(60)
    /// Results come, or at least progress does, well within this time.
    private static let streamTimeout = Duration.seconds(3600)
    /// How long a gate may be out of reach.
    private static let patience = Duration.seconds(120)
    private static let retryPause = Duration.milliseconds(500)
    private static let pageBytes = WireLimits.envelopeBytes / 4

    let caller: any Caller
    let order: BatchOrder
    let input: BatchInput
    let output: BatchOutput
    let withCosts: Bool
    let show: (BatchStatus) -> Void

    /// Runs until every line's result is in the output.
    /// - Returns: how the batch ended.
    func run() async throws -> BatchStatus {
        var unreachableSince: ContinuousClock.Instant?
        while true {
            let before = output.lines
            do {
                try await handOver()
                let status = try await collect()
                if output.lines == order.lines { return status }
            } catch let error as StatusError
                where error.code == .unavailable || error.code == .aborted
                || error.code == .deadlineExceeded
            {
                if output.lines > before { unreachableSince = nil }
                let since = unreachableSince ?? .now
                unreachableSince = since
                guard .now - since < Self.patience else { throw error }
                StandardStreams.note("\(error.message); trying again")
            }
            try await Task.sleep(for: Self.retryPause)
        }
    }

    private func handOver() async throws {
        var status = try await caller.call(BatchMethods.create, order, timeout: Self.callTimeout)
        while status.state == .receiving {
            let first = status.received
            let page = page(from: first)
            guard !page.isEmpty else { throw StatusError(.internal, "the gate wants more lines than the batch has") }
            status = try await caller.call(
                BatchMethods.append,
                BatchAppendRequest(batch: order.id, first: first, queries: page),
                timeout: Self.callTimeout
            )
            show(status)
        }
    }

    /// The next queries, as many as fit into one message.
    private func page(from first: Int) -> [Query] {
        var bytes = 0
        return Array(
            input.queries.dropFirst(first).prefix(WireLimits.queries).prefix { query in
                let isFirst = bytes == 0
                bytes += query.encoded().count
                return isFirst || bytes <= Self.pageBytes
            }
        )
    }

    private func collect() async throws -> BatchStatus {
        var last = BatchStatus(id: order.id, state: .running, lines: order.lines)
        let request = BatchResultsRequest(batch: order.id, first: output.lines)
        for try await event in caller.stream(BatchMethods.results, request, timeout: Self.streamTimeout) {
            switch event {
            case .result(let result):
                guard result.line == output.lines else {
                    throw StatusError(
                        .dataLoss,
                        "the gate sent line \(result.line + 1) before line \(output.lines + 1)"
                    )
                }
                let line = BatchOutputLine(result, id: input.ids[result.line], withCosts: withCosts)
                try output.append(try JSONOutput.render(line))
            case .progress(let status):
                last = status
                show(status)
            }
        }
        if last.state == .refused || last.state == .cancelled {
            throw StatusError(
                last.state == .refused ? .resourceExhausted : .failedPrecondition,
                "the batch was \(last.state): \(last.detail)"
            )
        }
        return last
    }
}
