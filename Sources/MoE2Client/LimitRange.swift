import Glibc
public import MoE2Core

/// The limits of a frontier, as `--energy 5..200J` gives them.
public enum LimitRange {
    /// Points of a range.
    public static let points = 24

    /// The limits that `text` names: `A..B` is a range with ``points`` points at equal ratios, a comma separates single
    /// limits. A unit may be left out in front of `..` when the one behind it holds for both. `parse` reads one amount.
    /// - Throws: `invalidArgument` that says what is wrong.
    public static func limits(
        _ text: String,
        parse: (String) throws(StatusError) -> Double
    ) throws(StatusError) -> [Double] {
        guard let dots = range(of: "..", in: text) else {
            var limits: [Double] = []
            for part in text.split(separator: ",") { limits.append(try positive(String(part), parse)) }
            guard !limits.isEmpty else {
                throw StatusError(.invalidArgument, "no limit given; write for instance 5..200J")
            }
            return limits
        }
        let high = String(text[dots.upperBound...])
        var low = String(text[..<dots.lowerBound])
        if low.last.map({ ("0"..."9").contains($0) || $0 == "." }) ?? false {
            low += high.drop { ("0"..."9").contains($0) || $0 == "." }
        }
        let (least, most) = (try positive(low, parse), try positive(high, parse))
        guard least <= most else {
            throw StatusError(
                .invalidArgument,
                "'\(text)': the range ends before it starts; write the smaller limit first"
            )
        }
        guard least < most else { return [least] }
        return (0..<points).map { least * pow(most / least, Double($0) / Double(points - 1)) }
    }

    private static func positive(
        _ text: String,
        _ parse: (String) throws(StatusError) -> Double
    ) throws(StatusError) -> Double {
        let value = try parse(text)
        guard value > 0, value.isFinite else {
            throw StatusError(.invalidArgument, "'\(text)': a limit must be above 0")
        }
        return value
    }

    private static func range(of dots: String, in text: String) -> Range<String.Index>? {
        var index = text.startIndex
        while index < text.endIndex {
            if text[index...].hasPrefix(dots) { return index..<text.index(index, offsetBy: dots.count) }
            index = text.index(after: index)
        }
        return nil
    }
}
