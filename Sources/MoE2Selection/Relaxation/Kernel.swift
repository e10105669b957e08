import CMoE2Kernels

/// The inner loops over columns, in the variant that is the fastest on this machine; all variants give the same results.
enum Kernel {
    typealias Column = UnsafePointer<UInt16>
    typealias MutableColumn = UnsafeMutablePointer<UInt16>

    /// Columns are padded to a multiple of this many rows.
    static let rows = Int(MOE2_KERNEL_ROWS)

    // A table of function pointers that nobody writes.
    nonisolated(unsafe) static let variant = moe2_kernels_best().pointee

    /// The number of rows with padding.
    static func padded(_ count: Int) -> Int { (count + rows - 1) / rows * rows }

    /// Σ (column − level)⁺.
    static func excess(_ column: Column, over level: Column, _ rows: Int) -> Double {
        Double(variant.excess(column, level, rows))
    }

    /// Σ (column − level)⁺ over the rows where `mask` is all ones.
    static func excess(_ column: Column, over level: Column, where mask: Column, _ rows: Int) -> Double {
        Double(variant.masked_excess(column, level, mask, rows))
    }

    /// Σ column.
    static func sum(_ column: Column, _ rows: Int) -> Double { Double(variant.sum(column, rows)) }

    /// Whether no number of the column is above the other's.
    static func isCovered(_ column: Column, by other: Column, _ rows: Int) -> Bool {
        variant.is_covered(column, other, rows)
    }

    /// target = max(target, column).
    static func raise(_ target: MutableColumn, to column: Column, _ rows: Int) { variant.raise(target, column, rows) }

    /// Counts, per row, `weight` more where the column is above the level.
    static func count(_ counts: MutableColumn, _ column: Column, above level: Column, by weight: UInt16, _ rows: Int) {
        variant.count(counts, column, level, weight, rows)
    }

    /// target = (column − level)⁺.
    static func lower(_ target: MutableColumn, _ column: Column, by level: Column, _ rows: Int) {
        variant.lower(target, column, level, rows)
    }

    /// The numbers of the column at the listed rows.
    static func gather(_ target: MutableColumn, _ column: Column, rows indices: UnsafePointer<Int32>, _ count: Int) {
        for place in 0..<count { target[place] = column[Int(indices[place])] }
    }
}
