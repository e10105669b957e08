import CMoE2Kernels

/// The rows of scores in which every expert gains the same amount or nothing, as with right or wrong: a bit an expert.
///
/// Loading such rows needs no pass over the columns: a row is covered when an expert that is in has its bit, and rows with the
/// same free experts are one row. Bits are numbered as the columns of the scores are.
final class UniformRows {
    /// Experts that fit the bits of a row.
    static let maximumColumns = 128

    private let rows: Int
    private let stride: Int
    private let bits: Buffer<moe2_bits>
    private let amount: Buffer<UInt16>
    private let keys: Buffer<moe2_bits>
    /// The keys of merged rows again, 16 experts at a time: columns are made from these.
    private let planes: Buffer<UInt16>
    private let table: Buffer<Int32>

    private var columns = 0

    /// The rows of `scores`; nil when they are of another kind.
    /// - Throws: ``Interrupted``.
    init?(_ scores: CoverScores, _ interrupt: Interrupt) throws(Interrupted) {
        guard scores.grain > 0 else { return nil }
        rows = scores.rows
        stride = scores.stride
        bits = Buffer(stride, moe2_bits(low: 0, high: 0))
        amount = Buffer(stride, 0)
        keys = Buffer(unwritten: stride)
        planes = Buffer(unwritten: stride * Self.maximumColumns / 16)
        table = Buffer(2 << (Int.bitWidth - max(stride, 1).leadingZeroBitCount), -1)
        guard try takeUp(scores, interrupt) else { return nil }
    }

    /// Takes up the columns that are new; false when they are of another kind.
    /// - Throws: ``Interrupted``.
    func takeUp(_ scores: CoverScores, _ interrupt: Interrupt) throws(Interrupted) -> Bool {
        guard scores.columns <= Self.maximumColumns else { return false }
        while columns < scores.columns {
            try interrupt.check()
            let column = scores.column(at: columns)
            guard Kernel.variant.take_bits(bits.pointer, amount.pointer, column, Int32(columns), stride) else {
                return false
            }
            columns += 1
        }
        return true
    }

    /// Sorts the rows into covered ones, ones that one free expert alone has (added to `linear`, by column), and merged ones, whose
    /// amounts go to `amounts`; `indices` and `slots` say which row went where.
    func load(
        included: moe2_bits,
        free: moe2_bits,
        linear: UnsafeMutablePointer<Double>,
        amounts: UnsafeMutablePointer<UInt16>,
        indices: UnsafeMutablePointer<Int32>,
        slots: UnsafeMutablePointer<Int32>
    ) -> moe2_merged {
        table.pointer.update(repeating: -1, count: table.count)
        let merged = Kernel.variant.merge_rows(
            moe2_bit_rows(bits: bits.pointer, amount: amount.pointer, rows: rows),
            included,
            free,
            moe2_merge_target(
                keys: keys.pointer,
                amounts: amounts,
                indices: indices,
                slots: slots,
                linear: linear,
                table: table.pointer,
                mask: table.count - 1
            )
        )
        let padded = Kernel.padded(merged.rows)
        for row in merged.rows..<padded { amounts[row] = 0 }
        for row in 0..<merged.rows { spread(keys.pointer[row], row) }
        return merged
    }

    private func spread(_ key: moe2_bits, _ row: Int) {
        var planes = planes.pointer + row
        for part in 0..<UInt64(4) {
            planes[0] = UInt16(truncatingIfNeeded: key.low >> (16 * part))
            planes[4 * stride] = UInt16(truncatingIfNeeded: key.high >> (16 * part))
            planes += stride
        }
    }

    /// Writes the column of the number `index`: the amounts of the merged rows that it has, `rows` with padding.
    func write(_ index: Int, _ target: UnsafeMutablePointer<UInt16>, amounts: UnsafePointer<UInt16>, rows: Int) {
        Kernel.variant.select(target, amounts, planes.pointer + index / 16 * stride, 1 << UInt16(index % 16), rows)
    }
}
