import Crypto
import FoundationEssentials

/// A client's secret, and what of it may be written to disk.
///
/// A token is 32 random bytes, so its plain SHA-256 is safe at rest: nobody can try 2²⁵⁶ values. The slow, salted
/// functions that passwords need defend words that people choose; here they would only slow every query down.
public enum APIToken {
    /// The start of every token that is made here, so that scanners for leaked secrets know one.
    public static let prefix = "moe2_"
    /// Shorter tokens, which only a person can have chosen, may be guessed.
    public static let safeLength = 32
    /// The longest token that crosses the wire, in bytes.
    public static let maximumLength = 512

    /// A fresh token: the prefix and 43 characters that carry 256 random bits.
    public static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<4).flatMap { _ in withUnsafeBytes(of: generator.next() as UInt64) { Array($0) } }
        let text = Data(bytes).base64EncodedString()
        return prefix + String(text.compactMap { $0 == "=" ? nil : $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
    }

    /// The SHA-256 of `token` in hexadecimal: what a token file holds.
    public static func digest(_ token: String) -> String { Hexadecimal.text(hash(token)) }

    /// The SHA-256 of `token`: what every query's token is compared by.
    static func hash(_ token: String) -> [UInt8] { Array(SHA256.hash(data: Array(token.utf8))) }
}
