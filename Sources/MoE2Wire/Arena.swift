/// Owns what the pointers of a protobuf-c struct point to, until the struct was packed.
final class Arena {
    private var buffers: [UnsafeMutableRawPointer] = []

    deinit {
        for buffer in buffers { buffer.deallocate() }
    }

    /// A C string. A NUL inside would end it early, so it becomes U+FFFD.
    func string(_ text: String) -> UnsafeMutablePointer<CChar> {
        var utf8 = Array(text.utf8)
        if utf8.contains(0) { utf8 = utf8.flatMap { $0 == 0 ? [0xEF, 0xBF, 0xBD] : [$0] } }
        let pointer = allocate(CChar.self, utf8.count + 1)
        for (index, byte) in utf8.enumerated() { pointer[index] = CChar(bitPattern: byte) }
        pointer[utf8.count] = 0
        return pointer
    }

    /// A struct with the value's fields.
    func pointer<Value: CRepresented>(to value: Value) -> UnsafeMutablePointer<Value.C> {
        let pointer = allocate(Value.C.self, 1)
        Value.initialize(pointer)
        value.fill(&pointer.pointee, self)
        return pointer
    }

    /// A repeated message field.
    func list<Value: CRepresented>(
        _ values: [Value]
    ) -> (Int, UnsafeMutablePointer<UnsafeMutablePointer<Value.C>?>?) {
        (values.count, array(values.map { Optional(pointer(to: $0)) }))
    }

    /// A repeated string field.
    func list(_ texts: [String]) -> (Int, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) {
        (texts.count, array(texts.map { Optional(string($0)) }))
    }

    /// A repeated number field.
    func numbers<Number: BitwiseCopyable>(_ numbers: [Number]) -> (Int, UnsafeMutablePointer<Number>?) {
        (numbers.count, array(numbers))
    }

    /// A bytes field's data.
    func bytes(_ bytes: [UInt8]) -> (Int, UnsafeMutablePointer<UInt8>?) { (bytes.count, array(bytes)) }

    func array<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafeMutablePointer<Element>? {
        guard !elements.isEmpty else { return nil }
        let pointer = allocate(Element.self, elements.count)
        pointer.initialize(from: elements, count: elements.count)
        return pointer
    }

    private func allocate<Element>(_ type: Element.Type, _ count: Int) -> UnsafeMutablePointer<Element> {
        let pointer = UnsafeMutablePointer<Element>.allocate(capacity: count)
        buffers.append(UnsafeMutableRawPointer(pointer))
        return pointer
    }
}
