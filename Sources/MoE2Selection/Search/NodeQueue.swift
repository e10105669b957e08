/// Open nodes, the one with the largest bound first.
struct NodeQueue {
    private var heap: [Node] = []

    var isEmpty: Bool { heap.isEmpty }

    var count: Int { heap.count }

    /// The largest bound of an open node.
    var bound: Double { heap.first?.bound ?? -.infinity }

    mutating func push(_ node: Node) {
        heap.append(node)
        var place = heap.count - 1
        while place > 0 {
            let parent = (place - 1) / 2
            guard heap[place].bound > heap[parent].bound else { break }
            heap.swapAt(place, parent)
            place = parent
        }
    }

    mutating func pop() -> Node? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].bound > heap[child].bound { child += 1 }
            guard heap[child].bound > heap[place].bound else { break }
            heap.swapAt(place, child)
            place = child
        }
        return first
    }
}
