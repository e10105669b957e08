import MoE2Core

/// What a GGUF file says of its model. Only the header is read, and only as far as limits allow.
///
/// The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3, little-endian.
struct GGUFHeader: Hashable, Sendable {
    /// Most key-value pairs, tensors and dimensions of a tensor.
    static let maximumPairs: UInt64 = 65_536
    static let maximumTensors: UInt64 = 1_048_576
    static let maximumDimensions: UInt32 = 8
    /// The longest text and the most elements of an array.
    static let maximumTextBytes: UInt64 = 4 << 20
    static let maximumElements: UInt64 = 16 << 20

    /// The model's name, empty when the file has none.
    var name = ""
    /// The architecture, such as `llama`.
    var architecture = ""
    /// The context that the model was trained for, in tokens; 0 when unknown.
    var contextLength = 0
    /// The number of parameters: the elements of all tensors.
    var parameters: UInt64 = 0
    /// The quantisation, such as `Q4_K_M`; empty when unknown.
    var quantization = ""
    /// The size of the file in bytes.
    var fileBytes: UInt64 = 0

    /// Reads the header of the file at `path`.
    /// - Throws: `failedPrecondition` when there is no such file, or it is no GGUF file of a known version.
    init(path: String) throws(StatusError) {
        let reader = try GGUFReader(path: path)
        fileBytes = reader.fileBytes
        guard try reader.bytes(4) == Array("GGUF".utf8) else {
            throw reader.damaged("it does not begin with the letters GGUF: is it the right file?")
        }
        let version = try reader.integer(UInt32.self)
        guard (2...3).contains(version) else {
            throw reader.damaged("its version is \(version), only 2 and 3 are known: convert the model again")
        }
        let tensors = try reader.integer(UInt64.self)
        let pairs = try reader.integer(UInt64.self)
        guard tensors <= Self.maximumTensors, pairs <= Self.maximumPairs else {
            throw reader.damaged("it says that it has \(tensors) tensors and \(pairs) keys")
        }
        try readPairs(pairs, reader)
        try readTensors(tensors, reader)
    }

    private mutating func readPairs(_ count: UInt64, _ reader: GGUFReader) throws(StatusError) {
        var lengths: [String: Int] = [:]
        for _ in 0..<count {
            let key = try reader.text()
            let value = try GGUFValue(reader)
            switch (key, value) {
            case ("general.name", .text(let text)): name = text
            case ("general.architecture", .text(let text)): architecture = text
            case ("general.file_type", .integer(let type)): quantization = Self.quantizations[type] ?? ""
            case (_, .integer(let length)) where key.hasSuffix(".context_length"): lengths[key] = Int(clamping: length)
            default: continue
            }
        }
        contextLength = max(0, lengths["\(architecture).context_length"] ?? 0)
    }

    private mutating func readTensors(_ count: UInt64, _ reader: GGUFReader) throws(StatusError) {
        for _ in 0..<count {
            _ = try reader.text()
            let dimensions = try reader.integer(UInt32.self)
            guard dimensions <= Self.maximumDimensions else {
                throw reader.damaged("a tensor has \(dimensions) dimensions")
            }
            var elements: UInt64 = 1
            for _ in 0..<dimensions {
                let (product, overflow) = elements.multipliedReportingOverflow(by: try reader.integer(UInt64.self))
                guard !overflow else { throw reader.damaged("a tensor is larger than any file") }
                elements = product
            }
            try reader.skip(4 + 8)
            let (sum, overflow) = parameters.addingReportingOverflow(elements)
            guard !overflow else { throw reader.damaged("its tensors are larger than any file") }
            parameters = sum
        }
    }

    /// llama.cpp's `llama_ftype`.
    private static let quantizations: [Int64: String] = [
        0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
        12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS",
        20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M",
        28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4",
    ]
}
