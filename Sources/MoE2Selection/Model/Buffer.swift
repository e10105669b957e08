/// A block of memory with a fixed count, aligned for vector loads and freed with its owner.
///
/// The inner loops run over `pointer`: an array would check its bounds and count references there.
final class Buffer<Element: BitwiseCopyable> {
    let pointer: UnsafeMutablePointer<Element>
    let count: Int

    init(_ count: Int, _ value: Element) {
        self.count = count
        pointer = Self.allocate(count)
        pointer.initialize(repeating: value, count: max(count, 1))
    }

    /// A block whose contents are written before they are read: memory that is never needed stays out.
    init(unwritten count: Int) {
        self.count = count
        pointer = Self.allocate(count)
    }

    private static func allocate(_ count: Int) -> UnsafeMutablePointer<Element> {
        let bytes = UnsafeMutableRawPointer.allocate(
            byteCount: max(count, 1) * MemoryLayout<Element>.stride,
            alignment: 64
        )
        return bytes.bindMemory(to: Element.self, capacity: max(count, 1))
    }

    deinit { UnsafeMutableRawPointer(pointer).deallocate() }

    subscript(index: Int) -> Element {
        get {
            assert(index >= 0 && index < count)
            return pointer[index]
        }
        set {
            assert(index >= 0 && index < count)
            pointer[index] = newValue
        }
    }
}
