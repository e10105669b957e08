import Crypto
public import FoundationEssentials
public import MoE2Core

/// Challenges that are good once, for a minute, on the connection that asked.
///
/// A challenge carries its own end and a keyed digest, so that giving one out takes no memory: only challenges that came
/// back well signed are remembered, until they end. A restart makes a new key and with it every old challenge void.
public struct ChallengeBook: Sendable {
    /// How long a challenge is good.
    public static let lifetime = Duration.seconds(60)
    private static let nonceBytes = 16

    private let capacity: Int
    private let key = SymmetricKey(size: .bits256)
    /// The ends of used challenges.
    private var used: [[UInt8]: Date] = [:]

    /// A book with a fresh key, for at most `capacity` used challenges in a lifetime.
    public init(capacity: Int = 65_536) { self.capacity = capacity }

    /// A challenge for the connection `connection`.
    public func challenge(for connection: UInt64, at now: Date) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        var bytes = (0..<Self.nonceBytes).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let end = Int64(now.timeIntervalSince1970) + Int64(Self.lifetime.seconds)
        bytes += withUnsafeBytes(of: end.bigEndian) { Array($0) }
        return bytes + digest(bytes, connection)
    }

    /// Uses up `challenge`.
    /// - Throws: `unauthenticated` when it was not given to `connection`, has ended or was used.
    public mutating func use(_ challenge: [UInt8], by connection: UInt64, at now: Date) throws(StatusError) {
        let length = Self.nonceBytes + 8
        guard challenge.count > length,
            HMAC<SHA256>.isValidAuthenticationCode(
                challenge[length...],
                authenticating: Self.content(Array(challenge[..<length]), connection),
                using: key
            )
        else {
            throw StatusError(.unauthenticated, "this gate did not give that challenge to this connection: ask again")
        }
        let end = challenge[Self.nonceBytes..<length].reduce(Int64(0)) { $0 << 8 | Int64($1) }
        let ends = Date(timeIntervalSince1970: Double(end))
        guard now < ends else { throw StatusError(.unauthenticated, "the challenge has ended: ask for another") }
        guard used[challenge] == nil else {
            throw StatusError(.unauthenticated, "the challenge was used already: ask for another")
        }
        if used.count >= capacity { used = used.filter { $0.value > now } }
        guard used.count < capacity else {
            throw StatusError(
                .resourceExhausted,
                "too many agents join at a time: try again",
                retryAfter: Self.lifetime
            )
        }
        used[challenge] = ends
    }

    private func digest(_ bytes: [UInt8], _ connection: UInt64) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Self.content(bytes, connection), using: key))
    }

    private static func content(_ bytes: [UInt8], _ connection: UInt64) -> [UInt8] {
        bytes + withUnsafeBytes(of: connection.bigEndian) { Array($0) }
    }
}
