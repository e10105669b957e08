/// The inner loops over 16-bit columns: plain loops without checks or calls, which the compiler turns into vector code.
enum Kernel {
    typealias Column = UnsafePointer<UInt16>
    typealias MutableColumn = UnsafeMutablePointer<UInt16>

    /// Rows whose numbers' high and low bytes, added up separately, fit 16 bits: widening every number would cost twice as much.
    private static let block = 256

    /// Σ (column − level)⁺.
    static func excess(_ column: Column, over level: Column, _ rows: Int) -> Double {
        var total: UInt64 = 0
        var start = 0
        while start < rows {
            let end = min(start + block, rows)
            var (low, high): (UInt16, UInt16) = (0, 0)
            for row in start..<end {
                let (value, floor) = (column[row], level[row])
                let excess = value > floor ? value &- floor : 0
                low &+= excess & 255
                high &+= excess >> 8
            }
            total &+= UInt64(low) &+ UInt64(high) << 8
            start = end
        }
        return Double(total)
    }

    /// Σ (column − level)⁺ over the rows where `mask` is all ones.
    static func excess(_ column: Column, over level: Column, where mask: Column, _ rows: Int) -> Double {
        var total: UInt64 = 0
        var start = 0
        while start < rows {
            let end = min(start + block, rows)
            var (low, high): (UInt16, UInt16) = (0, 0)
            for row in start..<end {
                let (value, floor) = (column[row], level[row])
                let excess = (value > floor ? value &- floor : 0) & mask[row]
                low &+= excess & 255
                high &+= excess >> 8
            }
            total &+= UInt64(low) &+ UInt64(high) << 8
            start = end
        }
        return Double(total)
    }

    /// Σ column.
    static func sum(_ column: Column, _ rows: Int) -> Double {
        var total: UInt64 = 0
        var start = 0
        while start < rows {
            let end = min(start + block, rows)
            var (low, high): (UInt16, UInt16) = (0, 0)
            for row in start..<end {
                low &+= column[row] & 255
                high &+= column[row] >> 8
            }
            total &+= UInt64(low) &+ UInt64(high) << 8
            start = end
        }
        return Double(total)
    }

    /// Whether no number of the column is above the other's.
    static func isCovered(_ column: Column, by other: Column, _ rows: Int) -> Bool {
        var start = 0
        while start < rows {
            // Most pairs differ at once; the blocks after that run without a branch a row.
            let end = min(start + 32, rows)
            var above: UInt16 = 0
            for row in start..<end { above |= column[row] > other[row] ? 1 : 0 }
            if above != 0 { return false }
            start = end
        }
        return true
    }

    /// target = max(target, column).
    static func raise(_ target: MutableColumn, to column: Column, _ rows: Int) {
        for row in 0..<rows { target[row] = target[row] > column[row] ? target[row] : column[row] }
    }

    /// Counts, per row, one more where the column is above the level.
    static func count(_ counts: MutableColumn, _ column: Column, above level: Column, by weight: UInt16, _ rows: Int) {
        for row in 0..<rows { counts[row] = counts[row] &+ (column[row] > level[row] ? weight : 0) }
    }

    /// target = (column − level)⁺.
    static func lower(_ target: MutableColumn, _ column: Column, by level: Column, _ rows: Int) {
        for row in 0..<rows {
            let (value, floor) = (column[row], level[row])
            target[row] = value > floor ? value &- floor : 0
        }
    }

    /// The numbers of the column at the listed rows.
    static func gather(_ target: MutableColumn, _ column: Column, rows indices: UnsafePointer<Int32>, _ count: Int) {
        for place in 0..<count { target[place] = column[Int(indices[place])] }
    }
}
