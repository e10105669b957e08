/// Owns what the pointers of a protobuf-c struct point to, until the struct was packed.
final class Arena {
    private var memory = MemoryBlocks()

    /// A C string. A NUL inside would end it early, so it becomes U+FFFD.
    func string(_ text: String) -> UnsafeMutablePointer<CChar> {
        var text = text
        return text.withUTF8 { utf8 in
            guard !utf8.contains(0) else { return string(utf8.flatMap { $0 == 0 ? [0xEF, 0xBF, 0xBD] : [$0] }) }
            let pointer = allocate(UInt8.self, utf8.count + 1)
            if let start = utf8.baseAddress { pointer.initialize(from: start, count: utf8.count) }
            return terminated(pointer, utf8.count)
        }
    }

    private func string(_ utf8: [UInt8]) -> UnsafeMutablePointer<CChar> {
        let pointer = allocate(UInt8.self, utf8.count + 1)
        pointer.initialize(from: utf8, count: utf8.count)
        return terminated(pointer, utf8.count)
    }

    private func terminated(_ bytes: UnsafeMutablePointer<UInt8>, _ count: Int) -> UnsafeMutablePointer<CChar> {
        bytes[count] = 0
        return UnsafeMutableRawPointer(bytes).assumingMemoryBound(to: CChar.self)
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
        memory.allocate(count * MemoryLayout<Element>.stride).bindMemory(to: Element.self, capacity: count)
    }
}
