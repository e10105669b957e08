/// Some numbers in order.
struct Quantiles {
    private let sorted: [Double]

    init(_ values: [Double]) { sorted = values.sorted() }

    /// The value that a part `share` of all does not exceed; NaN without values.
    func at(_ share: Double) -> Double {
        guard !sorted.isEmpty else { return .nan }
        let place = Int((share * Double(sorted.count)).rounded(.up)) - 1
        return sorted[min(max(place, 0), sorted.count - 1)]
    }
}
