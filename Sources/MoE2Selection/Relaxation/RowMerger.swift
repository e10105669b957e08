/// Merges rows in which the same columns gain and all of them gain the same amount.
///
/// For such rows the sum of maxima is the maximum of sums, so nothing is lost. A merged row that would not fit 16 bits starts
/// another one.
final class RowMerger {
    /// Columns that fit the key of a row.
    static let maximumColumns = 128

    private let low: Buffer<UInt64>
    private let high: Buffer<UInt64>
    private let amount: Buffer<UInt16>
    private let isUniform: Buffer<UInt16>
    private let table: Buffer<Int32>

    init(rows: Int) {
        low = Buffer(rows, 0)
        high = Buffer(rows, 0)
        amount = Buffer(rows, 0)
        isUniform = Buffer(rows, 0)
        table = Buffer(2 * (1 << (Int.bitWidth - max(rows, 1).leadingZeroBitCount)), -1)
    }

    /// Merges in place, keeping the stride; fills `slots` with the new row of every row and returns their number. New rows keep the
    /// order of their first old row.
    func merge(
        _ data: UnsafeMutablePointer<UInt16>,
        rows: Int,
        stride: Int,
        columns: Int,
        slots: UnsafeMutablePointer<Int32>
    ) -> Int {
        describe(data, rows, stride, columns)
        let (low, high, table) = (low.pointer, high.pointer, table.pointer)
        let mask = self.table.count - 1
        table.update(repeating: -1, count: self.table.count)
        var merged = 0
        for row in 0..<rows {
            slots[row] = Int32(truncatingIfNeeded: merged)
            var slot = merged
            if isUniform.pointer[row] != 0 {
                var place = Int(truncatingIfNeeded: Self.hash(low[row], high[row])) & mask
                while table[place] >= 0 {
                    let found = Int(table[place])
                    if low[found] == low[row], high[found] == high[row] { break }
                    place = (place + 1) & mask
                }
                if table[place] >= 0, Int(amount.pointer[Int(table[place])]) + Int(amount.pointer[row]) <= 65535 {
                    slot = Int(table[place])
                    amount.pointer[slot] += amount.pointer[row]
                } else {
                    table[place] = Int32(truncatingIfNeeded: merged)
                }
            }
            slots[row] = Int32(truncatingIfNeeded: slot)
            guard slot == merged else { continue }
            if merged != row { move(row, to: merged, data, stride, columns) }
            merged += 1
        }
        write(data, merged, stride, columns)
        return merged
    }

    private static func hash(_ low: UInt64, _ high: UInt64) -> UInt64 {
        var mixed = low &* 0x9E37_79B9_7F4A_7C15 ^ high &* 0xC2B2_AE3D_27D4_EB4F
        mixed ^= mixed >> 29
        return mixed &* 0xBF58_476D_1CE4_E5B9 >> 20
    }

    /// Who gains in every row, by how much, and whether it is the same for all.
    private func describe(_ data: UnsafePointer<UInt16>, _ rows: Int, _ stride: Int, _ columns: Int) {
        let (low, high, amount, uniform) = (low.pointer, high.pointer, amount.pointer, isUniform.pointer)
        low.update(repeating: 0, count: rows)
        high.update(repeating: 0, count: rows)
        amount.update(repeating: 0, count: rows)
        uniform.update(repeating: 1, count: rows)
        for index in 0..<columns {
            let column = data + index * stride
            let key = index < 64 ? low : high
            let bit: UInt64 = 1 << UInt64(index & 63)
            for row in 0..<rows {
                let value = column[row]
                key[row] |= value > 0 ? bit : 0
                uniform[row] &= value == 0 || amount[row] == 0 || value == amount[row] ? 1 : 0
                amount[row] = amount[row] > value ? amount[row] : value
            }
        }
    }

    private func move(
        _ row: Int,
        to target: Int,
        _ data: UnsafeMutablePointer<UInt16>,
        _ stride: Int,
        _ columns: Int
    ) {
        low.pointer[target] = low.pointer[row]
        high.pointer[target] = high.pointer[row]
        amount.pointer[target] = amount.pointer[row]
        isUniform.pointer[target] = isUniform.pointer[row]
        for index in 0..<columns { data[index * stride + target] = data[index * stride + row] }
    }

    /// Writes the summed amounts and clears the rows that are gone.
    private func write(_ data: UnsafeMutablePointer<UInt16>, _ merged: Int, _ stride: Int, _ columns: Int) {
        for index in 0..<columns {
            let column = data + index * stride
            for row in 0..<merged where isUniform.pointer[row] != 0 {
                column[row] = column[row] > 0 ? amount.pointer[row] : 0
            }
            for row in merged..<stride { column[row] = 0 }
        }
    }
}
