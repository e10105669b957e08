import Testing

@testable import MoE2HTTP

@Suite struct ExpositionTests {
    @Test func samplesFollowTheTextFormat() {
        var out = Exposition()
        out.metric("moe2_things_total", .counter, "Things.")
        out.sample([("name", "a\"b\\c\nd")], 3)
        out.metric("moe2_wait_seconds", .histogram, "Waits.")
        var histogram = Histogram(bounds: [0.5, 1])
        for value in [0.25, 0.5, 0.75, 7, .nan] { histogram.observe(value) }
        out.sample([], histogram)
        #expect(
            out.text == """
                # HELP moe2_things_total Things.
                # TYPE moe2_things_total counter
                moe2_things_total{name="a\\"b\\\\c\\nd"} 3
                # HELP moe2_wait_seconds Waits.
                # TYPE moe2_wait_seconds histogram
                moe2_wait_seconds_bucket{le="0.5"} 2
                moe2_wait_seconds_bucket{le="1"} 3
                moe2_wait_seconds_bucket{le="+Inf"} 4
                moe2_wait_seconds_sum 8.5
                moe2_wait_seconds_count 4

                """
        )
    }

    @Test func labelsAreBounded() {
        var book = LabelBook(limit: 2)
        #expect(["a", "b", "c", "a", "d"].map { book.label($0) } == ["a", "b", "other", "a", "other"])
    }
}
