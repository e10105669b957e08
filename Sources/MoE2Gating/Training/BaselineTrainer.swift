/// Trains the baselines that an evaluation compares the gate with.
struct BaselineTrainer {
    /// Held-out prompts on which the settings are chosen.
    struct Tuning {
        let documents: [SparseVector]
        let columns: [[Int]]
        let qualities: [Double]
    }

    static let neighbourGrid = [10, 20, 50, 100, 200]
    static let penaltyGrid: [Float] = [1e-4, 1e-3, 1e-2]

    let targets: ScoreTargets
    let documents: [SparseVector]
    let columns: [[Int]]
    let labels: LabelTable

    private var experts: Int { targets.means.count }

    func train(stores: Bool, dimension: Int, tuning: Tuning?) -> Baselines {
        let prompts = Double(max(documents.count, 1))
        var accuracies = [Double](repeating: 0, count: experts)
        var likelihoods = accuracies
        for prompt in documents.indices {
            for expert in 0..<experts {
                accuracies[expert] += targets.qualities[prompt * experts + expert] / prompts
                likelihoods[expert] += naturalLog(max(targets.likelihoods[prompt * experts + expert], 1e-12)) / prompts
            }
        }
        let joined = zip(documents, columns).map { CorrectnessClassifier.join($0, labels: $1, dimension: dimension) }
        let held = tuning.map { tuning in
            zip(tuning.documents, tuning.columns).map {
                CorrectnessClassifier.join($0, labels: $1, dimension: dimension)
            }
        }
        return Baselines(
            accuracies: accuracies,
            logLikelihoods: likelihoods,
            staticWeights: StaticMixture.fit(targets.likelihoods, experts: experts),
            neighbours: stores ? neighbours(joined, held, tuning) : nil,
            classifier: stores ? classifier(joined, dimension + labels.count, held, tuning) : nil
        )
    }

    private func neighbours(_ joined: [SparseVector], _ held: [SparseVector]?, _ tuning: Tuning?) -> NeighbourRouter {
        let qualities = targets.qualities.map { UInt8(min(max($0, 0), 1) * 255) }
        func router(_ count: Int) -> NeighbourRouter {
            NeighbourRouter(
                neighbours: count,
                documents: joined.map(NeighbourRouter.cut),
                qualities: qualities,
                experts: experts
            )
        }
        var best = router(50)
        guard let held, let tuning else { return best }
        let cut = held.map { best.nearest($0.normalised, count: Self.neighbourGrid.max() ?? 50) }
        var bestQuality = -1.0
        for count in Self.neighbourGrid {
            let quality = routedQuality(tuning) { row in
                var sums = [Double](repeating: 0, count: experts)
                for document in cut[row].prefix(count) {
                    for expert in 0..<experts { sums[expert] += Double(qualities[document * experts + expert]) }
                }
                return sums
            }
            if quality > bestQuality {
                bestQuality = quality
                best = NeighbourRouter(
                    neighbours: count,
                    documents: best.documents,
                    qualities: qualities,
                    experts: experts
                )
            }
        }
        return best
    }

    private func classifier(
        _ joined: [SparseVector],
        _ dimension: Int,
        _ held: [SparseVector]?,
        _ tuning: Tuning?
    ) -> CorrectnessClassifier {
        func train(_ penalty: Float) -> CorrectnessClassifier {
            CorrectnessClassifier.train(
                joined,
                targets.qualities,
                experts: experts,
                dimension: dimension,
                penalty: penalty,
                epochs: 4
            )
        }
        guard let held, let tuning else { return train(1e-3) }
        var best: (classifier: CorrectnessClassifier, quality: Double)?
        for penalty in Self.penaltyGrid {
            let candidate = train(penalty)
            let quality = routedQuality(tuning) { candidate.predict(held[$0]) }
            if quality > best?.quality ?? -1 { best = (candidate, quality) }
        }
        return best?.classifier ?? train(1e-3)
    }

    private func routedQuality(_ tuning: Tuning, _ predict: (Int) -> [Double]) -> Double {
        var sum = 0.0
        for row in tuning.documents.indices {
            sum += tuning.qualities[row * experts + ScoreTargets.firstMaximum(predict(row))]
        }
        return sum / Double(max(tuning.documents.count, 1))
    }
}
