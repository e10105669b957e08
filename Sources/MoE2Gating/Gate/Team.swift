/// The experts that answer one query, with their shares.
public struct Team: Sendable, Equatable {
    /// Pool numbers of the members, best score first.
    public let members: [Int]
    /// Shares of the members, ≥ 0, sum 1.
    public let weights: [Double]
    /// The factor on the weighted evidence of the team; grows with how much its members know independently of each other.
    public let sharpness: Double

    /// A team of `members` with these shares.
    public init(members: [Int], weights: [Double], sharpness: Double) {
        self.members = members
        self.weights = weights
        self.sharpness = sharpness
    }
}
