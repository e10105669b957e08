/// The rows of scores in which every expert gains the same amount or nothing, as with right or wrong: a bit an expert.
///
/// Loading such rows needs no pass over the columns: a row is covered when an expert that is in has its bit, and rows with the
/// same free experts are one row. Bits are numbered as the columns of the scores are.
final class UniformRows {
    /// Experts that fit the bits of a row.
    static let maximumColumns = 128

    private let rows: Int
    private let low: Buffer<UInt64>
    private let high: Buffer<UInt64>
    private let amount: Buffer<UInt16>
    private let keys: Buffer<SIMD2<UInt64>>
    private let table: Buffer<Int32>

    private var columns = 0

    /// The rows of `scores`; nil when they are of another kind.
    init?(_ scores: CoverScores) {
        guard scores.grain > 0 else { return nil }
        rows = scores.rows
        let stride = scores.stride
        low = Buffer(stride, 0)
        high = Buffer(stride, 0)
        amount = Buffer(stride, 0)
        keys = Buffer(stride, SIMD2(0, 0))
        table = Buffer(2 << (Int.bitWidth - max(stride, 1).leadingZeroBitCount), -1)
        guard takeUp(scores) else { return nil }
    }

    /// Takes up the columns that are new; false when they are of another kind.
    func takeUp(_ scores: CoverScores) -> Bool {
        guard scores.columns <= Self.maximumColumns else { return false }
        for index in columns..<scores.columns {
            let column = scores.column(at: index)
            let key = index < 64 ? low.pointer : high.pointer
            let bit: UInt64 = 1 << UInt64(index & 63)
            for row in 0..<rows where column[row] > 0 {
                if amount.pointer[row] != 0, amount.pointer[row] != column[row] { return false }
                amount.pointer[row] = column[row]
                key[row] |= bit
            }
        }
        columns = scores.columns
        return true
    }

    /// What is left of the rows for the experts that are in or free.
    struct Loaded {
        /// The amounts of all covered rows.
        var constant = 0.0
        /// Merged rows.
        var rows = 0
        /// Rows of the scores that they stand for.
        var kept = 0
    }

    /// Sorts the rows into covered ones, ones that one free expert alone has (added to `linear`, by column), and merged ones, whose
    /// amounts go to `amounts`; `indices` and `slots` say which row went where.
    func load(
        included: SIMD2<UInt64>,
        free: SIMD2<UInt64>,
        linear: UnsafeMutablePointer<Double>,
        amounts: UnsafeMutablePointer<UInt16>,
        indices: UnsafeMutablePointer<Int32>,
        slots: UnsafeMutablePointer<Int32>
    ) -> Loaded {
        var loaded = Loaded()
        let (low, high, amount, keys, table) = (low.pointer, high.pointer, amount.pointer, keys.pointer, table.pointer)
        let mask = self.table.count - 1
        table.update(repeating: -1, count: self.table.count)
        for row in 0..<rows {
            if (low[row] & included.x) | (high[row] & included.y) != 0 {
                loaded.constant += Double(amount[row])
                continue
            }
            let key = SIMD2(low[row] & free.x, high[row] & free.y)
            let count = key.x.nonzeroBitCount + key.y.nonzeroBitCount
            if count < 2 {
                if count == 1 {
                    let column = key.x != 0 ? key.x.trailingZeroBitCount : 64 + key.y.trailingZeroBitCount
                    linear[column] += Double(amount[row])
                }
                continue
            }
            var place = Int(truncatingIfNeeded: Self.hash(key)) & mask
            while table[place] >= 0, keys[Int(table[place])] != key { place = (place + 1) & mask }
            var slot = Int(table[place])
            // A merged row that would not fit 16 bits starts another one.
            if slot < 0 || Int(amounts[slot]) + Int(amount[row]) > 65535 {
                slot = loaded.rows
                loaded.rows += 1
                table[place] = Int32(truncatingIfNeeded: slot)
                keys[slot] = key
                amounts[slot] = 0
            }
            amounts[slot] += amount[row]
            indices[loaded.kept] = Int32(truncatingIfNeeded: row)
            slots[loaded.kept] = Int32(truncatingIfNeeded: slot)
            loaded.kept += 1
        }
        return loaded
    }

    /// Writes the column of the number `index`: the amounts of the merged rows that it has.
    func write(
        _ index: Int,
        _ target: UnsafeMutablePointer<UInt16>,
        amounts: UnsafePointer<UInt16>,
        rows: Int,
        stride: Int
    ) {
        let keys = UnsafeRawPointer(keys.pointer).assumingMemoryBound(to: UInt64.self) + (index >> 6)
        let shift = UInt64(index & 63)
        for row in 0..<rows {
            let bit = UInt16(truncatingIfNeeded: keys[2 * row] >> shift & 1)
            target[row] = amounts[row] & (0 &- bit)
        }
        for row in rows..<stride { target[row] = 0 }
    }

    private static func hash(_ key: SIMD2<UInt64>) -> UInt64 {
        var mixed = key.x &* 0x9E37_79B9_7F4A_7C15 ^ key.y &* 0xC2B2_AE3D_27D4_EB4F
        mixed ^= mixed >> 29
        return mixed &* 0xBF58_476D_1CE4_E5B9 >> 20
    }
}
