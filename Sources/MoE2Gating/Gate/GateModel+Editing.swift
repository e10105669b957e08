extension GateModel {
    /// The gate with another temperature, > 0.
    public func with(temperature: Double) -> GateModel {
        copy(temperature: temperature, pool: pool, baselines: baselines)
    }

    /// The gate with another pool of the same experts.
    func with(pool: PoolParameters) -> GateModel {
        copy(temperature: temperature, pool: pool, baselines: baselines)
    }

    /// The gate without what only the trained baselines of an evaluation need.
    func withoutBaselines() -> GateModel {
        copy(
            temperature: temperature,
            pool: pool,
            baselines: Baselines(
                accuracies: baselines.accuracies,
                logLikelihoods: baselines.logLikelihoods,
                staticWeights: baselines.staticWeights,
                neighbours: nil,
                classifier: nil
            )
        )
    }

    /// The gate without the expert called `name`. Trains nothing: every team without that expert keeps its weights bit by bit.
    ///
    /// - Throws: `GatingError` with code `poolMismatch` when the gate does not know the expert or knows no other.
    public func removing(_ name: String) throws(GatingError) -> GateModel {
        let number = try numbers(of: [name])[0]
        guard expertCount > 1 else {
            throw GatingError(.poolMismatch, "'\(name)' is the gate's only expert: a gate needs at least one")
        }
        let count = expertCount
        func columns<Element>(_ rows: [Element]) -> [Element] {
            rows.indices.filter { $0 % count != number }.map { rows[$0] }
        }
        func without<Element>(_ values: [Element]) -> [Element] {
            values.indices.filter { $0 != number }.map { values[$0] }
        }
        let weights = without(baselines.staticWeights)
        let sum = weights.reduce(0, +)
        return GateModel(
            kind: kind,
            experts: without(experts),
            encoderIdentity: encoderIdentity,
            temperature: temperature,
            terms: terms,
            labels: labels,
            scoreMeans: without(scoreMeans),
            labelEffects: LabelEffects(experts: count - 1, effects: columns(labelEffects.effects)),
            textHead: TextHead(experts: count - 1, weights: columns(textHead.weights)),
            textScale: textScale,
            evidence: EvidenceModel(
                reliabilities: without(evidence.reliabilities),
                voteAccuracies: without(evidence.voteAccuracies)
            ),
            pool: pool?.removing(number),
            baselines: Baselines(
                accuracies: without(baselines.accuracies),
                logLikelihoods: without(baselines.logLikelihoods),
                staticWeights: weights.map { sum > 0 ? $0 / sum : 1 / Double(count - 1) },
                neighbours: baselines.neighbours.map {
                    NeighbourRouter(
                        neighbours: $0.neighbours,
                        documents: $0.documents,
                        qualities: columns($0.qualities),
                        experts: count - 1
                    )
                },
                classifier: baselines.classifier.map {
                    CorrectnessClassifier(experts: count - 1, weights: columns($0.weights))
                }
            ),
            trainingPrompts: trainingPrompts
        )
    }

    private func copy(temperature: Double, pool: PoolParameters?, baselines: Baselines) -> GateModel {
        GateModel(
            kind: kind,
            experts: experts,
            encoderIdentity: encoderIdentity,
            temperature: temperature,
            terms: terms,
            labels: labels,
            scoreMeans: scoreMeans,
            labelEffects: labelEffects,
            textHead: textHead,
            textScale: textScale,
            evidence: evidence,
            pool: pool,
            baselines: baselines,
            trainingPrompts: trainingPrompts
        )
    }
}
