import CMoE2Protos
import MoE2Core

extension Message: CRepresented {
    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__Message>) -> Void {
        { moe2__v1__message__init($0) }
    }

    init(_ c: borrowing Moe2__V1__Message) throws(WireError) {
        self.init(
            role: try Field.value(c.role, "role"),
            content: try Field.text(c.content, "content", limit: WireLimits.textBytes),
            extensionsJSON: try Field.text(c.extensions_json, "extensions_json", limit: WireLimits.jsonBytes)
        )
    }

    func fill(_ c: inout Moe2__V1__Message, _ arena: Arena) {
        c.role = role.rawValue
        c.content = arena.string(content)
        c.extensions_json = arena.string(extensionsJSON)
    }
}
