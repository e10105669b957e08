/// Text, a number or a truth value.
struct ScalarNodeContainer: SingleValueDecodingContainer {
    let decoder: NodeDecoder

    var codingPath: [any CodingKey] { decoder.codingPath }

    func decodeNil() -> Bool {
        if case .null = decoder.node.value { return true }
        return false
    }

    func decode(_ type: Bool.Type) throws -> Bool {
        let text = try decoder.text(expected: "true or false")
        switch text {
        case "true", "True", "TRUE": return true
        case "false", "False", "FALSE": return false
        default: throw decoder.invalid("is \(decoder.node.kind), but must be true or false")
        }
    }

    func decode(_ type: String.Type) throws -> String { try decoder.text(expected: "text") }

    func decode(_ type: Double.Type) throws -> Double {
        guard let number = Double(try decoder.text(expected: "a number")), number.isFinite else {
            throw decoder.invalid("is \(decoder.node.kind), but must be a number")
        }
        return number
    }

    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }

    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.decode(type) }

    private func integer<Integer: FixedWidthInteger>() throws -> Integer {
        guard let number = Integer(try decoder.text(expected: "a whole number")) else {
            throw decoder.invalid(
                "is \(decoder.node.kind), but must be a whole number from \(Integer.min) to \(Integer.max)"
            )
        }
        return number
    }
}
