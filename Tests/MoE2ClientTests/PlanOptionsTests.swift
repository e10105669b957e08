import MoE2Client
import MoE2Core
import Testing

@Suite struct PlanOptionsTests {
    private func limits(_ text: String) throws -> [Double] {
        try LimitRange.limits(text) { part throws(StatusError) in
            guard part.hasSuffix("J"), let value = Double(part.dropLast()) else {
                throw StatusError(.invalidArgument, "'\(part)' is no energy")
            }
            return value
        }
    }

    @Test func rangesHaveEqualRatios() throws {
        let range = try limits("5..200J")
        #expect(range.count == LimitRange.points)
        #expect(abs(range[0] - 5) < 1e-9 && abs(range[23] - 200) < 1e-9)
        #expect(abs(range[1] / range[0] - range[23] / range[22]) < 1e-9)
        #expect(try limits("0.5J..2J").count == LimitRange.points)
        #expect(try limits("5J,10J") == [5, 10])
        #expect(try limits("5J..5J") == [5])
    }

    @Test(arguments: ["", "..", "5", "5..J", "0J", "200..5J", "-5..5J", "5J..", "nan..5J", "..5J"])
    func nonsenseIsRefused(text: String) {
        #expect(throws: StatusError.self) { try limits(text) }
    }

    @Test func changesNeedASignAndAName() throws {
        let changes = try WhatIf("-orin-3, +rtx-2")
        #expect(changes.without == ["orin-3"])
        #expect(changes.with == ["rtx-2"])
        for text in ["", "orin-3", "-", "+", "-a b", "- a"] {
            #expect(throws: StatusError.self) { try WhatIf(text) }
        }
    }

    private let points = [
        FrontierPoint(energy: .joules(1), latency: nil, quality: nil, bound: 0, experts: []),
        FrontierPoint(energy: .joules(2), latency: nil, quality: -2, bound: -2, experts: [ExpertID(rawValue: "a")!]),
        FrontierPoint(energy: .joules(4), latency: nil, quality: -1, bound: -1, experts: [ExpertID(rawValue: "b")!]),
    ]

    @Test func theChartShowsWhereTheSetChanges() {
        let text = FrontierChart.render(Frontier.energy(points))
        #expect(text.contains("no set meets the limit"))
        #expect(text.contains("-1 ┤"))
        #expect(text.contains("-2 ┤"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test func thePictureIsWellFormed() {
        let text = FrontierSVG.render([Frontier.energy(points)], title: "a < b & \"c\"")
        #expect(text.contains("a &lt; b &amp; &quot;c&quot;"))
        #expect(text.hasPrefix("<svg ") && text.hasSuffix("</svg>\n"))
        #expect(!text.contains("nan") && !text.contains("inf"))
    }

    @Test func aFrontierOfNobodySaysSo() {
        #expect(FrontierChart.render(Frontier.energy([])).contains("No expert is ready"))
        #expect(FrontierChart.render(Frontier.energy([points[0]])).contains("No set meets"))
        #expect(FrontierSVG.render([Frontier.energy([])], title: "").contains("no set meets"))
    }
}
