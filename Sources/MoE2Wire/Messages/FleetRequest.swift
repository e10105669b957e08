import CMoE2Protos

/// `Fleet/Snapshot`: asks for the fleet.
public struct FleetRequest: Equatable, WireMessage {
    /// The message; it has no fields.
    public init() {

    }
}

extension FleetRequest: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__FleetRequest>) -> Void {
        { moe2__v1__fleet_request__init($0) }
    }

    init(_ c: borrowing Moe2__V1__FleetRequest) throws(WireError) {
        self.init()
    }

    func fill(_ c: inout Moe2__V1__FleetRequest, _ arena: Arena) {

    }
}
