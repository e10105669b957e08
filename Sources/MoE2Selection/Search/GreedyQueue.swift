/// Columns with a key each, the largest key first; of equal ones the smaller column.
struct GreedyQueue {
    private struct Entry {
        var key: Double
        var column: Int

        func precedes(_ other: Entry) -> Bool { key != other.key ? key > other.key : column < other.column }
    }

    private var heap: [Entry] = []

    init(_ entries: some Sequence<(Int, Double)>) {
        heap = entries.map { Entry(key: $1, column: $0) }
        order()
    }

    /// The columns that are left, in any order.
    var columns: [Int] { heap.map(\.column) }

    /// Adds a column that is not there.
    mutating func push(_ column: Int, _ key: Double) {
        heap.append(Entry(key: key, column: column))
        rise(from: heap.count - 1)
    }

    /// Takes out the column with the largest key.
    mutating func pop() -> Int? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        if !heap.isEmpty {
            heap[0] = last
            sink(from: 0)
        }
        return first.column
    }

    /// Gives the columns of which `isChanged` holds the key `key` has for them.
    mutating func update(_ key: (Int) -> Double, where isChanged: (Int) -> Bool) {
        var isAny = false
        for place in heap.indices where isChanged(heap[place].column) {
            heap[place].key = key(heap[place].column)
            isAny = true
        }
        if isAny { order() }
    }

    private mutating func order() {
        for place in stride(from: heap.count / 2 - 1, through: 0, by: -1) { sink(from: place) }
    }

    private mutating func rise(from start: Int) {
        var place = start
        while place > 0, heap[place].precedes(heap[(place - 1) / 2]) {
            heap.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func sink(from start: Int) {
        var place = start
        while true {
            var child = 2 * place + 1
            guard child < heap.count else { return }
            if child + 1 < heap.count, heap[child + 1].precedes(heap[child]) { child += 1 }
            guard heap[child].precedes(heap[place]) else { return }
            heap.swapAt(place, child)
            place = child
        }
    }
}
