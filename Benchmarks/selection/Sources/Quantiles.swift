/// The middle and the end of some times in ms, as a person reads them.
struct Quantiles: CustomStringConvertible {
    private let sorted: [Double]

    init(_ values: [Double]) { sorted = values.sorted() }

    /// The value that a part `share` of all does not exceed; NaN without values.
    func at(_ share: Double) -> Double {
        guard !sorted.isEmpty else { return .nan }
        let place = Int((share * Double(sorted.count)).rounded(.up)) - 1
        return sorted[min(max(place, 0), sorted.count - 1)]
    }

    var description: String { "p50 \(text(at(0.5))) p99 \(text(at(0.99))) max \(text(at(1)))" }

    private func text(_ value: Double) -> String { "\((value * 1000).rounded() / 1000)" }
}
