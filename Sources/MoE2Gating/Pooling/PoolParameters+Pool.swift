extension PoolParameters {
    /// The parameters without expert number `expert`. Every team that did not contain it keeps its weights exactly.
    func removing(_ expert: Int) -> PoolParameters {
        let count = experts
        let kept = (0..<count).filter { $0 != expert }
        func columns(_ rows: [Double]) -> [Double] {
            rows.indices.filter { $0 % count != expert }.map { rows[$0] }
        }
        return PoolParameters(
            correction: correction.removing(expert),
            redundancy: kept.flatMap { i in kept.map { redundancy[i * count + $0] } },
            labelModulation: columns(labelModulation),
            textModulation: columns(textModulation),
            textOnlyModulation: columns(textOnlyModulation)
        )
    }

    /// These parameters of one more expert than `known`, with everything that `known` holds taken over bit by bit: the
    /// factorisation would otherwise change the last digits of the redundancy among the old experts.
    func keeping(_ known: PoolParameters) -> PoolParameters {
        var result = self
        let old = known.experts
        for i in 0..<old {
            for j in 0..<old { result.redundancy[i * experts + j] = known.redundancy[i * old + j] }
        }
        return result
    }
}
