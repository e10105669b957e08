/// A relaxation's multipliers at some node, by prompt; shared by the nodes that start from them.
final class Multipliers {
    let values: Buffer<UInt16>

    init(_ values: Buffer<UInt16>) { self.values = values }
}
