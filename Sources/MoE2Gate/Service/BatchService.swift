import MoE2Core
import MoE2Transport
import MoE2Wire

/// What clients call to have batches answered.
struct BatchService: Sendable {
    /// nil when the gate has no store to keep batches in.
    let batches: BatchEngine?
    let authorizer: any ClientAuthorizer

    func register(on router: Router) {
        router.register(BatchMethods.create) { order, context in
            try await engine().create(order, client: client(context))
        }
        router.register(BatchMethods.append) { request, context in
            try await engine().append(
                request.queries,
                to: request.batch,
                first: request.first,
                client: client(context)
            )
        }
        router.register(BatchMethods.status) { request, context in
            try await engine().status(request.batch, client: client(context))
        }
        router.register(BatchMethods.cancel) { request, context in
            try await engine().cancel(request.batch, client: client(context))
        }
        router.register(BatchMethods.list) { _, context in
            BatchListReply(batches: try await engine().batches(of: client(context)))
        }
        router.register(BatchMethods.results) { request, context, writer in
            let client = try client(context)
            try await engine().results(of: request.batch, first: request.first, client: client) { event in
                try await writer.write(event)
            }
        }
    }

    private func client(_ context: CallContext) throws(StatusError) -> ClientIdentity {
        try authorizer.client(token: context.authorization, scope: .query)
    }

    private func engine() throws(StatusError) -> BatchEngine {
        guard let batches else {
            throw StatusError(
                .failedPrecondition,
                "this gate keeps no store, so it takes no batches; set 'store: FILE' in its configuration"
            )
        }
        return batches
    }
}
