import CMoE2Protos
public import MoE2Core

extension QueryEvent: CRepresented, WireMessage {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__QueryEvent>) -> Void {
        { moe2__v1__query_event__init($0) }
    }

    init(_ c: borrowing Moe2__V1__QueryEvent) throws(WireError) {
        switch c.event_case {
        case MOE2__V1__QUERY_EVENT__EVENT_DECIDED: self = .decided(try Field.required(c.decided, "decided"))
        case MOE2__V1__QUERY_EVENT__EVENT_TEXT: self = .text(try Field.required(c.text, "text"))
        case MOE2__V1__QUERY_EVENT__EVENT_DONE: self = .done(try Field.required(c.done, "done"))
        default: throw WireError("event: missing or not known")
        }
    }

    func fill(_ c: inout Moe2__V1__QueryEvent, _ arena: Arena) {
        switch self {
        case .decided(let decision):
            c.event_case = MOE2__V1__QUERY_EVENT__EVENT_DECIDED
            c.decided = arena.pointer(to: decision)
        case .text(let chunk):
            c.event_case = MOE2__V1__QUERY_EVENT__EVENT_TEXT
            c.text = arena.pointer(to: chunk)
        case .done(let answer):
            c.event_case = MOE2__V1__QUERY_EVENT__EVENT_DONE
            c.done = arena.pointer(to: answer)
        }
    }
}
