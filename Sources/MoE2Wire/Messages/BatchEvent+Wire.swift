import CMoE2Protos
public import MoE2Core

extension BatchEvent: CRepresented, WireMessage {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__BatchEvent>) -> Void {
        { moe2__v1__batch_event__init($0) }
    }

    init(_ c: borrowing Moe2__V1__BatchEvent) throws(WireError) {
        switch c.event_case {
        case MOE2__V1__BATCH_EVENT__EVENT_RESULT: self = .result(try Field.required(c.result, "result"))
        case MOE2__V1__BATCH_EVENT__EVENT_PROGRESS: self = .progress(try Field.required(c.progress, "progress"))
        default: throw WireError("event: missing or not known")
        }
    }

    func fill(_ c: inout Moe2__V1__BatchEvent, _ arena: Arena) {
        switch self {
        case .result(let result):
            c.event_case = MOE2__V1__BATCH_EVENT__EVENT_RESULT
            c.result = arena.pointer(to: result)
        case .progress(let status):
            c.event_case = MOE2__V1__BATCH_EVENT__EVENT_PROGRESS
            c.progress = arena.pointer(to: status)
        }
    }
}
