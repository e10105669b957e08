/// The payload of a gate file.
enum GateCodec {
    static func encode(_ model: GateModel) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(model.kind.rawValue)
        writer.write(model.experts)
        writer.write(model.encoderIdentity)
        writer.write(UInt64(model.trainingPrompts))
        writer.write(model.temperature)
        writer.write(model.textScale)
        writer.write(model.labels.names)
        writer.write(model.terms.weights)
        writer.write(model.scoreMeans)
        writer.write(model.labelEffects.effects)
        writer.write(model.textHead.weights)
        writer.write(model.evidence.voteAccuracies)
        for reliability in model.evidence.reliabilities {
            writer.write(reliability.coefficients + [reliability.lengthMean, reliability.lengthDeviation])
        }
        writer.write(UInt8(model.pool == nil ? 0 : 1))
        if let pool = model.pool { encode(pool, &writer) }
        encode(model.baselines, &writer)
        return writer.bytes
    }

    static func decode(_ bytes: [UInt8]) throws(GatingError) -> GateModel {
        var reader = ByteReader(bytes)
        guard let kind = AnswerKind(rawValue: try reader.read(UInt8.self)) else {
            throw inconsistent("kind of outcome")
        }
        let experts = try reader.readStrings()
        guard !experts.isEmpty, Set(experts).count == experts.count else { throw inconsistent("list of experts") }
        let identity = try reader.readString()
        let prompts = try reader.read(UInt64.self)
        let temperature = try reader.readDouble()
        let textScale = try reader.readDouble()
        guard temperature > 0, textScale > 0, prompts <= UInt64(Int32.max) else {
            throw inconsistent("temperature or scale")
        }
        let labels = LabelTable(names: try reader.readStrings())
        let terms = TermWeights(weights: try reader.readFloats())
        let means = try reader.readDoubles()
        let effects = try reader.readDoubles()
        let text = try reader.readFloats()
        let count = experts.count
        guard means.count == count, effects.count == labels.count * count,
            text.isEmpty || text.count == terms.weights.count * count
        else { throw inconsistent("size of a score table") }
        let evidence = try decodeEvidence(&reader, kind, count)
        let hasPool = try reader.read(UInt8.self) == 1
        guard hasPool == (kind != .score) else { throw inconsistent("pool") }
        let pool = hasPool ? try decodePool(&reader, count, labels.count) : nil
        let baselines = try decodeBaselines(&reader, count)
        guard reader.isAtEnd else { throw inconsistent("length") }
        return GateModel(
            kind: kind,
            experts: experts,
            encoderIdentity: identity,
            temperature: temperature,
            terms: terms,
            labels: labels,
            scoreMeans: means,
            labelEffects: LabelEffects(experts: count, effects: effects),
            textHead: TextHead(experts: count, weights: text),
            textScale: textScale,
            evidence: evidence,
            pool: pool,
            baselines: baselines,
            trainingPrompts: Int(prompts)
        )
    }

    private static func encode(_ pool: PoolParameters, _ writer: inout ByteWriter) {
        let correction = pool.correction
        writer.write(correction.sharpness)
        writer.write(correction.labelSharpness)
        writer.write(correction.textSharpness)
        writer.write(correction.textOnlySharpness)
        writer.write(correction.positionBias)
        writer.write(correction.labelPositionBias)
        writer.write(pool.redundancy)
        writer.write(pool.labelModulation)
        writer.write(pool.textModulation)
        writer.write(pool.textOnlyModulation)
    }

    private static func decodePool(
        _ reader: inout ByteReader,
        _ count: Int,
        _ labels: Int
    ) throws(GatingError) -> PoolParameters {
        let correction = EvidenceCorrection(
            sharpness: try reader.readDoubles(),
            labelSharpness: try reader.readDoubles(),
            textSharpness: try reader.readDoubles(),
            textOnlySharpness: try reader.readDoubles(),
            positionBias: try reader.readDoubles(),
            labelPositionBias: try reader.readDoubles()
        )
        guard correction.sharpness.count == count, correction.labelSharpness.count == labels * count,
            correction.textSharpness.count == count, correction.textOnlySharpness.count == count,
            correction.positionBias.count % count == 0, correction.positions <= CalibrationSet.maximumOptions,
            [0, labels * correction.positionBias.count].contains(correction.labelPositionBias.count)
        else { throw inconsistent("size of a correction table") }
        let pool = PoolParameters(
            correction: correction,
            redundancy: try reader.readDoubles(),
            labelModulation: try reader.readDoubles(),
            textModulation: try reader.readDoubles(),
            textOnlyModulation: try reader.readDoubles()
        )
        guard pool.redundancy.count == count * count, pool.labelModulation.count == labels * count,
            pool.textModulation.count == count, pool.textOnlyModulation.count == count
        else { throw inconsistent("size of a pool table") }
        return pool
    }

    private static func decodeEvidence(
        _ reader: inout ByteReader,
        _ kind: AnswerKind,
        _ count: Int
    ) throws(GatingError) -> EvidenceModel {
        let accuracies = try reader.readDoubles()
        guard accuracies.count == (kind == .vote ? count : 0) else { throw inconsistent("number of reliabilities") }
        var reliabilities: [VoteReliability] = []
        for _ in accuracies {
            let numbers = try reader.readDoubles()
            guard numbers.count == 6, numbers[5] > 0 else { throw inconsistent("reliability") }
            reliabilities.append(
                VoteReliability(coefficients: Array(numbers[..<4]), lengthMean: numbers[4], lengthDeviation: numbers[5])
            )
        }
        return EvidenceModel(reliabilities: reliabilities, voteAccuracies: accuracies)
    }

    private static func encode(_ baselines: Baselines, _ writer: inout ByteWriter) {
        writer.write(baselines.accuracies)
        writer.write(baselines.logLikelihoods)
        writer.write(baselines.staticWeights)
        writer.write(UInt8(baselines.neighbours == nil ? 0 : 1))
        if let neighbours = baselines.neighbours {
            writer.write(UInt32(neighbours.neighbours))
            writer.write(neighbours.qualities)
            writer.write(UInt32(neighbours.documents.count))
            for document in neighbours.documents {
                writer.write(UInt16(document.indices.count))
                for index in document.indices { writer.write(index) }
                for value in document.values { writer.write(value.bitPattern) }
            }
        }
        writer.write(UInt8(baselines.classifier == nil ? 0 : 1))
        if let classifier = baselines.classifier { writer.write(classifier.weights) }
    }

    private static func decodeBaselines(_ reader: inout ByteReader, _ count: Int) throws(GatingError) -> Baselines {
        let accuracies = try reader.readDoubles()
        let likelihoods = try reader.readDoubles()
        let weights = try reader.readDoubles()
        guard [accuracies.count, likelihoods.count, weights.count].allSatisfy({ $0 == count }) else {
            throw inconsistent("size of a baseline table")
        }
        let neighbours = try reader.read(UInt8.self) == 1 ? try decodeNeighbours(&reader, count) : nil
        var classifier: CorrectnessClassifier?
        if try reader.read(UInt8.self) == 1 {
            let values = try reader.readFloats()
            guard values.count % count == 0, !values.isEmpty else { throw inconsistent("classifier") }
            classifier = CorrectnessClassifier(experts: count, weights: values)
        }
        return Baselines(
            accuracies: accuracies,
            logLikelihoods: likelihoods,
            staticWeights: weights,
            neighbours: neighbours,
            classifier: classifier
        )
    }

    private static func decodeNeighbours(_ reader: inout ByteReader, _ count: Int) throws(GatingError)
        -> NeighbourRouter
    {
        let neighbours = Int(try reader.read(UInt32.self))
        let qualities = try reader.readBytes()
        let documentCount = try reader.readCount(elementSize: 2)
        guard qualities.count == documentCount * count else { throw inconsistent("neighbours") }
        var documents: [SparseVector] = []
        for _ in 0..<documentCount {
            let terms = Int(try reader.read(UInt16.self))
            var document = SparseVector()
            for _ in 0..<terms {
                let index = try reader.read(Int32.self)
                guard index > document.indices.last ?? -1 else { throw inconsistent("neighbour") }
                document.indices.append(index)
            }
            for _ in 0..<terms { document.values.append(Float(bitPattern: try reader.read(UInt32.self))) }
            documents.append(document)
        }
        return NeighbourRouter(neighbours: neighbours, documents: documents, qualities: qualities, experts: count)
    }

    private static func inconsistent(_ what: String) -> GatingError {
        GatingError(.damagedFile, "the gate file contradicts itself (\(what)): train the gate anew")
    }
}
