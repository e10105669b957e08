import Hummingbird
import MoE2Core

/// Sends the events of a streamed answer to the client as server-sent events.
struct StreamSender: Sendable {
    let writer: CompletionWriter
    let pipe: EventPipe<Job.Event>
    /// The task that fills the pipe; cancelled when the client is gone.
    let task: Task<Void, Never>
    /// The event that was taken from the pipe already.
    let first: Job.Event

    /// Sends until the last answer is complete.
    /// - Throws: when the client is gone.
    @concurrent
    func send(to body: inout any ResponseBodyWriter) async throws {
        defer {
            task.cancel()
            pipe.finish()
        }
        var offsets = [Int](repeating: 0, count: writer.request.count)
        var opened = Set<Int>()
        var answers: [(index: Int, answer: Answer)] = []
        var trailers: HTTPFields?
        var event: Job.Event? = first
        while let current = event {
            var bytes: [UInt8] = []
            switch current {
            case .decided: break
            case .piece(let index, let chunk):
                if opened.insert(index).inserted { bytes += writer.opening(index) }
                bytes += writer.piece(index, chunk, offset: offsets[index])
                offsets[index] += chunk.text.count
            case .done(let index, let completed):
                if opened.insert(index).inserted { bytes += writer.opening(index) }
                bytes += writer.closing(index, completed)
                answers.append((index, completed.answer))
                if index == 0 { trailers = FleetReport.measured(completed.answer) }
            case .failed(let error):
                bytes += CompletionWriter.failed(error)
            }
            if !bytes.isEmpty { try await body.write(ByteBuffer(bytes: bytes)) }
            event = await pipe.next()
        }
        var end: [UInt8] = []
        if writer.request.includesUsage, answers.count == writer.request.count {
            end += writer.closingUsage(answers.sorted { $0.index < $1.index }.map(\.answer))
        }
        end += CompletionWriter.done
        try await body.write(ByteBuffer(bytes: end))
        try await body.finish(trailers)
    }
}
