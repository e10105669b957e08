import MoE2Core
import Testing

@Suite struct UnitsTests {
    @Test func powerTimesDurationIsEnergy() {
        #expect(Power.watts(30) * .milliseconds(500) == .joules(15))
    }

    @Test(arguments: [0, 0.25, 1.5, -3, 1e9])
    func millisecondsRoundTrip(value: Double) {
        #expect(abs(Duration.milliseconds(clamping: value).milliseconds - value) < 1e-6 * max(1, abs(value)))
    }

    @Test func absurdMillisecondsAreClamped() {
        #expect(Duration.milliseconds(clamping: .nan) == .zero)
        #expect(Duration.milliseconds(clamping: .infinity).seconds > 9e9)
        #expect(Duration.milliseconds(clamping: -.infinity).seconds < -9e9)
    }

    @Test func onlyFiniteAmountsAreCosts() {
        #expect(Energy.zero.isValidCost)
        #expect(!Energy(joules: -1).isValidCost)
        #expect(!Power(watts: .nan).isValidCost)
        #expect(!Power(watts: .infinity).isValidCost)
    }
}
