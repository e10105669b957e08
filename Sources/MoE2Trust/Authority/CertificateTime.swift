import FoundationEssentials
import SwiftASN1

/// A time in a certificate or revocation list: two digits of the year until 2049, four from then on (RFC 5280, 4.1.2.5).
struct CertificateTime {
    let date: Date

    init(_ date: Date) { self.date = date }

    init(derEncoded node: ASN1Node) throws {
        let text: String
        if node.identifier == .utcTime {
            let time = try UTCTime(derEncoded: node)
            text = Self.text([time.year, time.month, time.day, time.hours, time.minutes, time.seconds])
        } else {
            let time = try GeneralizedTime(derEncoded: node)
            text = Self.text([time.year, time.month, time.day, time.hours, time.minutes, time.seconds])
        }
        date = try Date(text, strategy: .iso8601)
    }

    func serialize(into coder: inout DER.Serializer) throws {
        let parts = date.formatted(.iso8601).split { !$0.isNumber }.compactMap { Int($0) }
        guard parts.count == 6 else { throw ASN1Error.invalidASN1Object(reason: "the time \(date) has no such form") }
        if (1950..<2050).contains(parts[0]) {
            try coder.serialize(
                UTCTime(
                    year: parts[0],
                    month: parts[1],
                    day: parts[2],
                    hours: parts[3],
                    minutes: parts[4],
                    seconds: parts[5]
                )
            )
        } else {
            try coder.serialize(
                GeneralizedTime(
                    year: parts[0],
                    month: parts[1],
                    day: parts[2],
                    hours: parts[3],
                    minutes: parts[4],
                    seconds: parts[5],
                    fractionalSeconds: 0
                )
            )
        }
    }

    private static func text(_ parts: [Int]) -> String {
        let two = parts.map { $0 < 10 ? "0\($0)" : "\($0)" }
        return "\(two[0])-\(two[1])-\(two[2])T\(two[3]):\(two[4]):\(two[5])Z"
    }
}
