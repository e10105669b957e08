import CMoE2Kernels
import MoE2Testing

/// Random right-or-wrong rows, and whether what they are merged to is right.
struct BitInput {
    private let bits: [moe2_bits]
    private let amounts: [UInt16]
    private let included: moe2_bits
    private let free: moe2_bits

    init(rows: Int, _ random: inout SeededGenerator) {
        // Few experts make many rows the same, large amounts make merged rows overflow.
        let mask: UInt64 = random.below(2) == 0 ? 0xF0 : .max
        let amount = random.pick([60, 30_000])
        bits = (0..<rows).map { _ in moe2_bits(low: random.next() & random.next() & mask, high: random.next() & mask) }
        amounts = (0..<rows).map { _ in UInt16(1 + random.below(amount)) }
        included = moe2_bits(low: random.next() & random.next() & random.next(), high: 0)
        free = moe2_bits(low: ~included.low & random.next(), high: random.next())
    }

    /// What is wrong with the rows that `kernels` merges.
    func faults(_ kernels: moe2_kernels) -> [String] {
        let count = bits.count
        var keys = [moe2_bits](repeating: moe2_bits(low: 0, high: 0), count: count)
        var merged = [UInt16](repeating: 0, count: count)
        var (indices, slots) = ([Int32](repeating: 0, count: count), [Int32](repeating: 0, count: count))
        var linear = [Double](repeating: 0, count: 128)
        var table = [Int32](repeating: -1, count: 1024)
        let rows = kernels.merge(
            bits,
            amounts,
            included,
            free,
            into: &keys,
            &merged,
            &indices,
            &slots,
            &linear,
            &table
        )
        var faults: [String] = []
        var (constant, alone, sums) = (0.0, [Double](repeating: 0, count: 128), [Int](repeating: 0, count: rows.rows))
        var place = 0
        for row in 0..<count {
            if bits[row].low & included.low | bits[row].high & included.high != 0 {
                constant += Double(amounts[row])
                continue
            }
            let key = moe2_bits(low: bits[row].low & free.low, high: bits[row].high & free.high)
            let who = (0..<128).filter { ($0 < 64 ? key.low >> UInt64($0) : key.high >> UInt64($0 - 64)) & 1 == 1 }
            if who.count == 1 { alone[who[0]] += Double(amounts[row]) }
            guard who.count > 1 else { continue }
            let slot = Int(slots[place])
            if Int(indices[place]) != row { faults.append("row \(row) is not kept") }
            if keys[slot].low != key.low || keys[slot].high != key.high { faults.append("row \(row) is in \(slot)") }
            sums[slot] += Int(amounts[row])
            place += 1
        }
        if place != rows.kept { faults.append("\(rows.kept) rows are kept, not \(place)") }
        if constant != rows.constant || alone != linear { faults.append("covered or single rows are wrong") }
        if sums != merged.prefix(rows.rows).map(Int.init) { faults.append("amounts are wrong") }
        return faults
    }
}

extension moe2_kernels {
    fileprivate func merge(
        _ bits: [moe2_bits],
        _ amounts: [UInt16],
        _ included: moe2_bits,
        _ free: moe2_bits,
        into keys: UnsafeMutablePointer<moe2_bits>,
        _ merged: UnsafeMutablePointer<UInt16>,
        _ indices: UnsafeMutablePointer<Int32>,
        _ slots: UnsafeMutablePointer<Int32>,
        _ linear: UnsafeMutablePointer<Double>,
        _ table: UnsafeMutablePointer<Int32>
    ) -> moe2_merged {
        bits.withUnsafeBufferPointer { bits in
            amounts.withUnsafeBufferPointer { amounts in
                merge_rows(
                    moe2_bit_rows(
                        bits: bits.baseAddress.unsafelyUnwrapped,
                        amount: amounts.baseAddress.unsafelyUnwrapped,
                        rows: bits.count
                    ),
                    included,
                    free,
                    moe2_merge_target(
                        keys: keys,
                        amounts: merged,
                        indices: indices,
                        slots: slots,
                        linear: linear,
                        table: table,
                        mask: 1023
                    )
                )
            }
        }
    }
}
