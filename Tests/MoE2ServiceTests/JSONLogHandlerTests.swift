import FoundationEssentials
import Glibc
import Logging
import Synchronization
import Testing

@testable import MoE2Service

@Suite struct JSONLogHandlerTests {
    private struct Line: Decodable {
        var time: String
        var level: String
        var logger: String
        var message: String
        var query: String
        var ownLevel: String

        private enum CodingKeys: String, CodingKey {
            case time, level, logger, message, query
            case ownLevel = "level_"
        }
    }

    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock { $0 } }
    }

    @Test func aLineIsOneJSONObject() throws {
        let lines = Lines()
        var logger = Logger(label: "gate") { label in
            JSONLogHandler(
                label: label,
                logLevel: .info,
                now: { timespec(tv_sec: 1_769_860_800, tv_nsec: 250_999_999) },
                write: lines.add
            )
        }
        logger[metadataKey: "query"] = "q\"\\\n\u{1}é"
        logger.debug("not this one")
        logger.warning("watch \"out\"", metadata: ["level": "mine"])
        #expect(lines.all.count == 1)
        let text = try #require(lines.all.first)
        #expect(text.hasSuffix("}\n") && text.split(separator: "\n").count == 1)
        let line = try JSONDecoder().decode(Line.self, from: Data(text.utf8))
        #expect(line.time == "2026-01-31T12:00:00.250Z")
        #expect(line.level == "warning" && line.logger == "gate" && line.message == "watch \"out\"")
        #expect(line.query == "q\"\\\n\u{1}é" && line.ownLevel == "mine")
    }
}
