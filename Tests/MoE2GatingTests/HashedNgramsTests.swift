import Testing

@testable import MoE2Gating

@Suite struct HashedNgramsTests {
    private let encoder = HashedNgrams()

    /// Fixed on one machine: any other result means that gate files no longer mean the same everywhere.
    @Test func hashesTheSameTextToTheSameNumbersOnEveryMachine() {
        let short = encoder.encode("37+48 = ?")
        #expect(Self.fingerprint(short) == 9_395_668_681_697_740_619)
        #expect(Self.fingerprint(encoder.encode("Qu’est-ce que la loi d’Ohm ? 电阻")) == 2_872_138_241_052_815_801)
        #expect(
            Self.fingerprint(encoder.encode(String(repeating: "The court held. ", count: 400)))
                == 7_818_804_300_606_669_311
        )
    }

    @Test func yieldsAscendingPositionsWithinItsDimensionAndPositiveValues() {
        var random = SplitMix64(seed: 11)
        for _ in 0..<50 {
            let bytes = (0..<Int.random(in: 0...6_000, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            let vector = encoder.encode(String(decoding: bytes, as: UTF8.self))
            #expect(zip(vector.indices, vector.indices.dropFirst()).allSatisfy { $0 < $1 })
            #expect(vector.indices.allSatisfy { (0..<Int32(encoder.dimension)).contains($0) })
            #expect(vector.values.allSatisfy { $0 >= 1 && $0.isFinite })
        }
    }

    @Test func isFoundByItsIdentity() {
        #expect(HashedNgrams(identity: "hashed-ngrams/1/14")?.identity == HashedNgrams().identity)
        for foreign in ["hashed-ngrams/2/14", "hashed-ngrams/1/40", "hashed-ngrams/1/", "text-embedding-3/768"] {
            #expect(HashedNgrams(identity: foreign) == nil)
        }
    }

    @Test func saysNothingAboutAnEmptyPrompt() {
        #expect(encoder.encode("").indices.isEmpty)
        #expect(encoder.encode(" \n\t").indices.isEmpty)
    }

    @Test func ignoresCaseAndKeepsTheShapeOfNumbers() {
        #expect(encoder.encode("TORT law") != encoder.encode("tort law"), "shapes tell capitals apart")
        let first = Set(encoder.encode("37+48").indices)
        #expect(!first.isDisjoint(with: encoder.encode("5+12").indices))
    }

    @Test func weightsRareFeaturesUpAndScalesToLengthOne() throws {
        let documents = ["a common word", "a common thing", "a rare word"].map(encoder.encode)
        let terms = TermWeights(documents: documents, dimension: encoder.dimension)
        for document in documents {
            let weighted = terms.apply(document)
            let square = weighted.values.reduce(0) { $0 + Double($1) * Double($1) }
            #expect(abs(square - 1) < 1e-5)
        }
        let rare = try #require(Set(documents[2].indices).subtracting(documents[0].indices).first)
        let common = try #require(
            Set(documents[0].indices).intersection(documents[1].indices).intersection(documents[2].indices).first
        )
        #expect(terms.weights[Int(rare)] > terms.weights[Int(common)])
        #expect(
            terms.apply(SparseVector(indices: [1 << 20], values: [1])).indices.isEmpty,
            "foreign features are dropped"
        )
    }

    private static func fingerprint(_ vector: SparseVector) -> UInt64 {
        var writer = ByteWriter()
        for (index, value) in zip(vector.indices, vector.values) {
            writer.write(index)
            // The logarithm may differ in its last bit between mathematical libraries.
            writer.write(Int32((value * 1e4).rounded()))
        }
        return CRC64.checksum(writer.bytes)
    }
}
