#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The scores of a T > 0 problem as exp((s − row maximum) / T), one column an expert, and the exact value of a set.
final class SoftScores {
    /// Smaller exponents are raised to this one: a bound may be too large, never too small.
    static let lowestExponent = -85.0
    /// Fine steps in a unit.
    private static let ratio = 0x1p15

    private let model: Model
    let rows: Int
    let stride: Int
    let columns: Int
    let teamSize: Int
    let temperature: Double
    private let exact: Buffer<Double>
    /// For bounds; never below the exact number by more than its rounding.
    let rough: Buffer<Float>
    /// Weight times temperature of every row, in units.
    let weight: Buffer<Double>
    /// Weight times (row maximum − row minimum), in units.
    let height: Buffer<Double>
    private let lowest: Buffer<Double>
    /// Quality per unit.
    let unit: Double
    /// The largest spread of a row's scores in temperatures.
    let spread: Double

    init(_ model: Model) {
        self.model = model
        let problem = model.problem
        rows = problem.scores.prompts
        columns = model.count
        stride = (rows + 15) / 16 * 16
        teamSize = model.teamSize
        temperature = problem.temperature
        exact = Buffer(stride * columns, 0)
        rough = Buffer(stride * columns, 0)
        weight = Buffer(stride, 0)
        height = Buffer(stride, 0)
        lowest = Buffer(stride, 0)
        var largest = 0.0
        var widest = 0.0
        for row in 0..<rows {
            var (least, most) = (Double.infinity, -Double.infinity)
            for expert in model.experts {
                least = min(least, problem.scores[row, expert])
                most = max(most, problem.scores[row, expert])
            }
            lowest.pointer[row] = least
            widest = max(widest, most - least)
            largest = max(largest, (most - least + temperature * log(Double(teamSize))) * problem.weights[row])
            height.pointer[row] = most - least
            for (position, expert) in model.experts.enumerated() {
                let exponent = (problem.scores[row, expert] - most) / temperature
                exact.pointer[position * stride + row] = exp(exponent)
                rough.pointer[position * stride + row] = Float(exp(max(exponent, Self.lowestExponent)))
            }
        }
        spread = widest / temperature
        unit = largest > 0 ? largest / 65536 : 1
        for row in 0..<rows {
            weight.pointer[row] = problem.weights[row] * temperature / unit
            height.pointer[row] *= problem.weights[row] / unit
        }
    }

    /// Whether the exponentials of doubles tell all scores apart from nothing.
    private var isWithinRange: Bool { spread < 600 }

    /// The value of `set` over that of every prompt's worst expert alone, on a fine grid: the order of prompts does not matter.
    func exactValue(_ set: ExpertSet) -> Double {
        let members = set.members
        guard !members.isEmpty else { return 0 }
        var sum: Int64 = 0
        if isWithinRange {
            let pooled = Buffer<Double>(stride, 0)
            pool(members, pooled.pointer)
            for row in 0..<rows {
                sum &+= fine(height.pointer[row] + weight.pointer[row] * log(pooled.pointer[row]))
            }
        } else {
            for row in 0..<rows { sum &+= fine(slowValue(members, row)) }
        }
        return Double(sum) / Self.ratio
    }

    private func fine(_ value: Double) -> Int64 { Int64((value * Self.ratio).rounded()) }

    private func slowValue(_ members: [Int], _ row: Int) -> Double {
        let problem = model.problem
        let top = members.map { problem.scores[row, model.experts[$0]] }.sorted(by: >).prefix(teamSize)
        let best = top.first ?? 0
        let pooled = temperature * log(top.reduce(0) { $0 + exp(($1 - best) / temperature) })
        return (best - lowest.pointer[row] + pooled) * problem.weights[row] / unit
    }

    /// The sum of the k largest numbers of every row.
    private func pool(_ members: [Int], _ target: UnsafeMutablePointer<Double>) {
        let kept = min(teamSize, members.count)
        let exact = exact.pointer
        guard kept < members.count else {
            for member in members {
                let column = exact + member * stride
                for row in 0..<stride { target[row] += column[row] }
            }
            return
        }
        let block = 256
        let tops = Buffer<Double>(kept * block, 0)
        for start in Swift.stride(from: 0, to: stride, by: block) {
            let length = min(block, stride - start)
            tops.pointer.update(repeating: 0, count: kept * block)
            let carried = target + start
            for member in members {
                carried.update(from: exact + member * stride + start, count: length)
                for place in 0..<kept {
                    let top = tops.pointer + place * block
                    for row in 0..<length {
                        let (old, new) = (top[row], carried[row])
                        top[row] = old > new ? old : new
                        carried[row] = old > new ? new : old
                    }
                }
            }
            carried.update(repeating: 0, count: length)
            for place in 0..<kept {
                let top = tops.pointer + place * block
                for row in 0..<length { carried[row] += top[row] }
            }
        }
    }
}
