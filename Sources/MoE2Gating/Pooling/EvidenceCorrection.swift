/// What makes the evidence of one expert true when it answers alone: how sharply its answers are to be read for a prompt,
/// and how much it favours an option for its position.
///
/// Corrected evidence is e^δ(x)·evidence + bias, where δ depends on the prompt's labels and text. Every expert's correction
/// is trained on its own answers only, so it holds in every team, and adding or removing experts leaves it alone.
public struct EvidenceCorrection: Sendable, Equatable {
    /// δ of a prompt of which nothing is known, per expert.
    public var sharpness: [Double]
    /// What a label adds to δ, `[label][expert]`, row-major.
    public var labelSharpness: [Double]
    /// What a unit of the standardised text head adds to δ where labels are known, per expert.
    public var textSharpness: [Double]
    /// The same where no label is known.
    public var textOnlySharpness: [Double]
    /// Evidence per option position, `[position][expert]`, row-major.
    public var positionBias: [Double]
    /// What a label adds to it, `[label][position][expert]`, row-major; empty unless the gate was trained on choices.
    public var labelPositionBias: [Double]

    /// The largest |δ|: evidence is read at most e³ times as sharply as it was given.
    public static let limit = 3.0

    /// The number of experts.
    public var experts: Int { sharpness.count }

    /// The number of option positions that have a bias.
    public var positions: Int { sharpness.isEmpty ? 0 : positionBias.count / sharpness.count }

    /// Stored corrections.
    public init(
        sharpness: [Double],
        labelSharpness: [Double],
        textSharpness: [Double],
        textOnlySharpness: [Double],
        positionBias: [Double],
        labelPositionBias: [Double]
    ) {
        self.sharpness = sharpness
        self.labelSharpness = labelSharpness
        self.textSharpness = textSharpness
        self.textOnlySharpness = textOnlySharpness
        self.positionBias = positionBias
        self.labelPositionBias = labelPositionBias
    }

    /// δ per expert for a prompt with label columns `labels` and standardised text head output `text`.
    public func sharpness(labels: [Int], text: [Double]) -> [Double] {
        let factors = labels.isEmpty ? textOnlySharpness : textSharpness
        return (0..<experts).map { expert in
            var sum = sharpness[expert] + factors[expert] * text[expert]
            for label in labels { sum += labelSharpness[label * experts + expert] }
            return min(max(sum, -Self.limit), Self.limit)
        }
    }

    /// The bias of `expert` towards each of `optionCount` options, with mean 0.
    func bias(of expert: Int, labels: [Int], optionCount: Int) -> [Double] {
        var bias = [Double](repeating: 0, count: optionCount)
        for option in 0..<min(optionCount, positions) {
            bias[option] = positionBias[option * experts + expert]
            guard !labelPositionBias.isEmpty else { continue }
            for label in labels { bias[option] += labelPositionBias[(label * positions + option) * experts + expert] }
        }
        let mean = bias.reduce(0, +) / Double(max(optionCount, 1))
        for option in bias.indices { bias[option] -= mean }
        return bias
    }

    /// The corrections without those of expert number `expert`.
    func removing(_ expert: Int) -> EvidenceCorrection {
        let count = experts
        func columns(_ rows: [Double]) -> [Double] {
            rows.indices.filter { $0 % count != expert }.map { rows[$0] }
        }
        return EvidenceCorrection(
            sharpness: columns(sharpness),
            labelSharpness: columns(labelSharpness),
            textSharpness: columns(textSharpness),
            textOnlySharpness: columns(textOnlySharpness),
            positionBias: columns(positionBias),
            labelPositionBias: columns(labelPositionBias)
        )
    }

    /// The corrections with those of the experts of `other`, which must have as many labels and positions, after these.
    func appending(_ other: EvidenceCorrection) -> EvidenceCorrection {
        let (left, right) = (experts, other.experts)
        func columns(_ rows: [Double], _ more: [Double]) -> [Double] {
            guard left > 0 else { return more }
            var joined: [Double] = []
            joined.reserveCapacity(rows.count + more.count)
            for row in 0..<(rows.count / left) {
                joined.append(contentsOf: rows[(row * left)..<((row + 1) * left)])
                joined.append(contentsOf: more[(row * right)..<((row + 1) * right)])
            }
            return joined
        }
        return EvidenceCorrection(
            sharpness: columns(sharpness, other.sharpness),
            labelSharpness: columns(labelSharpness, other.labelSharpness),
            textSharpness: columns(textSharpness, other.textSharpness),
            textOnlySharpness: columns(textOnlySharpness, other.textOnlySharpness),
            positionBias: columns(positionBias, other.positionBias),
            labelPositionBias: columns(labelPositionBias, other.labelPositionBias)
        )
    }
}
