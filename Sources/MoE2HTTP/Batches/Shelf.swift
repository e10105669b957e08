import MoE2Core
import MoE2Gate
import MoE2Store

/// What batches and their files need of the gate.
struct Shelf: Sendable {
    let files: FileShelf
    let batches: BatchEngine

    /// - Throws: 501 when the gate keeps no store.
    init(_ access: GateAccess) throws(APIError) {
        guard let files = access.files, let batches = access.batches else {
            throw APIError(
                .notImplemented,
                code: "no_store",
                "this gate keeps no store, so it takes no files and no batches; set 'store: FILE' in its configuration"
            )
        }
        self.files = files
        self.batches = batches
    }

    static func client(_ context: DoorContext) -> ClientIdentity {
        context.client ?? ClientIdentity(name: "anonymous")
    }

    static func name(_ context: DoorContext) -> String { client(context).name }

    /// A list as the OpenAI API sends it, whole.
    static func list(_ fill: (inout JSONWriter) -> Void) -> [UInt8] {
        JSONWriter.object { writer in
            writer.member("object", "list")
            writer.array("data", fill)
            writer.member("has_more", false)
        }
    }
}
