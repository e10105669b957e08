import Testing

@testable import MoE2Gating

@Suite struct GateFileTests {
    /// A small gate, so that every byte of its file can be damaged in turn.
    private static let small: GateModel = {
        let set = SyntheticSet.votes(experts: 2, prompts: 40)
        let full = TrainedGates.train(set)
        return GateModel(
            kind: full.kind,
            experts: full.experts,
            encoderIdentity: "test/1/8",
            temperature: full.temperature,
            terms: TermWeights(weights: Array(full.terms.weights.prefix(8))),
            labels: full.labels,
            scoreMeans: full.scoreMeans,
            labelEffects: full.labelEffects,
            textHead: TextHead(experts: 2, weights: [Float](repeating: 0.5, count: 16)),
            textScale: full.textScale,
            evidence: full.evidence,
            pool: full.pool,
            baselines: Baselines(
                accuracies: full.baselines.accuracies,
                logLikelihoods: full.baselines.logLikelihoods,
                staticWeights: full.baselines.staticWeights,
                neighbours: NeighbourRouter(
                    neighbours: 1,
                    documents: [SparseVector(indices: [0, 3], values: [0.6, 0.8])],
                    qualities: [255, 0],
                    experts: 2
                ),
                classifier: CorrectnessClassifier(experts: 2, weights: [0.1, 0.2, 0.3, 0.4])
            ),
            trainingPrompts: full.trainingPrompts
        )
    }()

    private func code(_ bytes: [UInt8]) -> GatingError.Code? {
        do throws(GatingError) {
            _ = try GateFile.decode(bytes)
            return nil
        } catch { return error.code }
    }

    @Test func returnsWhatWasWritten() throws {
        for gate in [TrainedGates.choices, TrainedGates.votes, TrainedGates.scores, Self.small] {
            let copy = try GateModel.load(GateFile.encode(gate))
            #expect(copy == gate)
            #expect(copy.scores(prompt: "law") == gate.scores(prompt: "law"))
        }
    }

    @Test func refusesAFileInWhichAnyByteWasChanged() {
        let bytes = GateFile.encode(Self.small)
        for position in bytes.indices {
            for flip: UInt8 in [0x01, 0x80, 0xff] {
                var damaged = bytes
                damaged[position] ^= flip
                let found = code(damaged)
                let expected: GatingError.Code = (8..<12).contains(position) ? .unsupportedVersion : .damagedFile
                #expect(found == expected, "byte \(position)")
            }
        }
    }

    @Test func refusesAFileThatWasCutShortOrGrew() {
        let bytes = GateFile.encode(Self.small)
        for length in bytes.indices { #expect(code(Array(bytes[..<length])) == .damagedFile, "\(length) bytes") }
        #expect(code(bytes + [0]) == .damagedFile)
        #expect(code([]) == .damagedFile)
        #expect(code(Array("id,model,zA\n".utf8)) == .damagedFile)
    }

    /// A right checksum does not make a payload right: it may come from a program with a bug.
    @Test(arguments: [UInt64](1...20)) func survivesAnyPayloadWithARightChecksum(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<50 {
            var bytes = Array(GateFile.encode(Self.small).dropLast(8))
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 20..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            var tail = ByteWriter()
            tail.write(CRC64.checksum(bytes))
            guard let gate = try? GateFile.decode(bytes + tail.bytes) else { continue }
            let reading = gate.read(prompt: "law", labels: ["law"])
            #expect(reading.scores.count == gate.expertCount, "seed \(seed)")
            _ = gate.team(reading, over: Array(0..<gate.expertCount), k: 2)
            _ = gate.baselines.classifier?.predict(SparseVector(indices: [0, 900], values: [1, 1]))
            _ = gate.baselines.neighbours?.predict(SparseVector(indices: [0, 900], values: [1, 1]))
        }
    }

    @Test func namesTheVersionThatItCannotRead() {
        var bytes = GateFile.encode(Self.small)
        bytes[8] = 99
        do throws(GatingError) {
            _ = try GateFile.decode(bytes)
            Issue.record("read a file of another version")
        } catch {
            #expect(error.code == .unsupportedVersion && error.message.contains("99"))
        }
    }
}
