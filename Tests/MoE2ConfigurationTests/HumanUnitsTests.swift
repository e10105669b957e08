import MoE2Configuration
import MoE2Core
import Testing

@Suite struct HumanUnitsTests {
    @Test(arguments: [
        ("800ms", 0.8), ("2s", 2), ("1.5 min", 90), ("0", 0), ("250us", 0.00025), ("12h", 43_200), (" 7d ", 604_800),
    ])
    func durations(text: String, seconds: Double) throws {
        #expect(abs(try HumanUnits.duration(text).seconds - seconds) < 1e-9)
    }

    @Test(arguments: [("20J", 20), ("1.2kJ", 1200), ("3Wh", 10_800), ("500mJ", 0.5), ("0J", 0)])
    func energies(text: String, joules: Double) throws {
        #expect(abs(try HumanUnits.energy(text).joules - joules) < 1e-9)
    }

    @Test func powersAndSizes() throws {
        #expect(try HumanUnits.power("1.2kW") == .watts(1200))
        #expect(try HumanUnits.bytes("512 MiB") == ByteCount(bytes: 512 << 20))
        #expect(try HumanUnits.bytes("100MB") == ByteCount(bytes: 100_000_000))
    }

    @Test(arguments: ["", "s", "5", "-2s", "2 parsecs", "1e999s", "nan", "inf s", "2s3", "--1s", "1.2.3s", "５s"])
    func nonsenseIsRefused(text: String) {
        #expect(throws: ConfigurationError.self) { try HumanUnits.duration(text) }
        #expect(throws: ConfigurationError.self) { try HumanUnits.bytes(text) }
    }
}
