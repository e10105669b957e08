import Testing

@testable import MoE2Data

@Suite struct CSVReaderTests {
    private func rows(_ text: String) throws -> [[String]] {
        var reader = try CSVReader(Array(text.utf8), name: "t.csv")
        var rows = [reader.header]
        var fields: [String] = []
        while try reader.next(&fields) { rows.append(fields) }
        return rows
    }

    @Test func readsQuotesLineBreaksAndBothLineEnds() throws {
        #expect(
            try rows("a,b\n1,2\r\n\"x,\"\"y\"\"\",\"two\nlines\"\n\n,\n") == [
                ["a", "b"], ["1", "2"], ["x,\"y\"", "two\nlines"], ["", ""],
            ]
        )
        #expect(try rows("\u{feff}a,b\n1,2") == [["a", "b"], ["1", "2"]])
    }

    @Test(arguments: ["", "a,b\n1\n", "a,b\n1,2,3\n", "a,b\n\"open,2\n"])
    func refusesBrokenRowsWithTheLine(text: String) {
        #expect(throws: DataError.self) { try rows(text) }
    }

    @Test func refusesBytesThatAreNotUTF8() throws {
        var reader = try CSVReader(Array("a\n".utf8) + [0xff, 0x0a], name: "t.csv")
        var fields: [String] = []
        #expect(throws: DataError.self) { try reader.next(&fields) }
    }

    /// Two generators that share nothing but the seed: any bytes yield rows or one clear error, never a crash.
    @Test(arguments: [UInt64](1...40)) func survivesAnyBytes(seed: UInt64) {
        var random = SplitMix(seed)
        let alphabet = Array("ab,\"\n\r é".utf8) + [0xff, 0]
        let bytes = (0..<200).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
        guard var reader = try? CSVReader(bytes, name: "t.csv") else { return }
        var fields: [String] = []
        while (try? reader.next(&fields)) == true { #expect(fields.count == reader.header.count) }
    }

    private struct SplitMix {
        private var state: UInt64
        init(_ seed: UInt64) { state = seed }
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
    }
}
