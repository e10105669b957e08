/// What a run comes to.
struct Summary {
    let json: String

    init(_ times: [Double], failed: Int, seconds: Double) {
        let sorted = times.sorted()
        let quantile = { (level: Double) in
            sorted.isEmpty ? 0 : Int(sorted[min(sorted.count - 1, Int(level * Double(sorted.count)))].rounded())
        }
        let rate = (Double(sorted.count) / seconds * 10).rounded() / 10
        json = """
            {"requests":\(sorted.count),"failed":\(failed),"per_second":\(rate),"p50_us":\(quantile(0.5)),\
            "p99_us":\(quantile(0.99))}
            """
    }
}
