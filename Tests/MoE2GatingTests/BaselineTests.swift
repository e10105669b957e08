import Testing

@testable import MoE2Gating

@Suite struct BaselineTests {
    @Test func findsTheBestStaticMixture() {
        var random = SplitMix64(seed: 8)
        let likelihoods = (0..<400).flatMap { _ in
            random.unit() < 0.7 ? [0.9, 0.1, 0.05] : [0.2, 0.8, 0.05]
        }
        let weights = StaticMixture.fit(likelihoods, experts: 3)
        #expect(abs(weights.reduce(0, +) - 1) < 1e-9 && weights[2] < 1e-6)
        let loss = { (w: [Double]) in
            stride(from: 0, to: likelihoods.count, by: 3).reduce(0) { sum, row in
                sum - naturalLog((0..<3).reduce(0) { $0 + w[$1] * likelihoods[row + $1] })
            }
        }
        for shift in [-0.02, 0.02] {
            #expect(loss(weights) <= loss([weights[0] + shift, weights[1] - shift, 0]) + 1e-9)
        }
    }

    @Test func routesToTheExpertThatDidBestNearby() {
        let router = NeighbourRouter(
            neighbours: 2,
            documents: [[0], [0, 1], [5], [5, 6]].map {
                SparseVector(indices: $0, values: $0.map { _ in 1 }).normalised
            },
            qualities: [255, 0, 255, 0, 0, 255, 0, 255],
            experts: 2
        )
        #expect(router.predict(SparseVector(indices: [0], values: [1])) == [1, 0])
        #expect(router.predict(SparseVector(indices: [5, 6], values: [0.7, 0.7])) == [0, 1])
        #expect(router.predict(SparseVector()).allSatisfy { $0.isFinite })
    }

    @Test func theClassifierLearnsWhoIsRightWhere() {
        let documents = (0..<200).map { SparseVector(indices: [Int32($0 % 2)], values: [1]) }
        let qualities = (0..<400).map { ($0 / 2 + $0) % 2 == 0 ? 1.0 : 0.0 }
        let classifier = CorrectnessClassifier.train(documents, qualities, experts: 2, dimension: 2, penalty: 1e-4)
        let even = classifier.predict(documents[0])
        let odd = classifier.predict(documents[1])
        #expect(even[0] > 0.8 && even[1] < 0.2 && odd[0] < 0.2 && odd[1] > 0.8)
    }

    @Test func theTextHeadPredictsFromTextAndStaysSilentWhereTextTellsNothing() {
        var random = SplitMix64(seed: 6)
        let documents = (0..<160).map { SparseVector(indices: [Int32(($0 / 4 + $0) % 4)], values: [1]) }
        let told = documents.map { $0.indices[0] < 2 ? 1.0 : -1.0 }
        let trainer = TextHeadTrainer(documents: documents, dimension: 4)
        let fitted = trainer.fit(told, experts: 1)
        #expect(fitted.head.apply(documents[0])[0] > 0.8)
        #expect(fitted.head.apply(documents[3])[0] < -0.8)
        let noise = (0..<160).map { _ in SyntheticSet.gaussian(&random) }
        let silent = trainer.fit(noise, experts: 1)
        #expect(silent.head.apply(documents[0]).allSatisfy { abs($0) < 0.35 })
        #expect(silent.head.apply(SparseVector()) == [0])
    }
}
