import CMoE2Protos
public import MoE2Core

/// `Books/Energy`: what was spent, added up.
public struct EnergyRequest: Equatable, WireMessage {
    /// What it is added up by.
    public var grouping: EnergyGrouping
    /// How far back; nil for everything in the books.
    public var age: Duration?

    /// A message with these fields.
    public init(grouping: EnergyGrouping, age: Duration?) {
        self.grouping = grouping
        self.age = age
    }
}

extension EnergyRequest: CRepresented {
    public init(decoding bytes: [UInt8]) throws(WireError) { self = try Self.unpacked(bytes) }

    public func encoded() -> [UInt8] { packed() }

    static var initialize: @Sendable (UnsafeMutablePointer<Moe2__V1__EnergyRequest>) -> Void {
        { moe2__v1__energy_request__init($0) }
    }

    init(_ c: borrowing Moe2__V1__EnergyRequest) throws(WireError) {
        self.init(
            grouping: try Field.value(c.grouping, "grouping"),
            age: c.has_age != 0 ? try Field.time(c.age_ms, "age_ms") : nil
        )
    }

    func fill(_ c: inout Moe2__V1__EnergyRequest, _ arena: Arena) {
        c.grouping = grouping.rawValue
        c.has_age = age == nil ? 0 : 1
        c.age_ms = age?.milliseconds ?? 0
    }
}
