import FoundationEssentials
import MoE2Core
import MoE2Testing
import Testing

@testable import MoE2Trust

@Suite struct ChallengeBookTests {
    private let now = Date(timeIntervalSince1970: 1_800_000_000)

    private func code(_ body: () throws -> Void) -> StatusCode? {
        do {
            try body()
            return nil
        } catch {
            return (error as? StatusError)?.code
        }
    }

    @Test func aChallengeIsGoodOnce() throws {
        var book = ChallengeBook()
        let challenge = book.challenge(for: 7, at: now)
        #expect(code { try book.use(challenge, by: 7, at: now) } == nil)
        #expect(code { try book.use(challenge, by: 7, at: now) } == .unauthenticated)
        #expect(book.challenge(for: 7, at: now) != challenge)
    }

    @Test func aChallengeIsGoodForAMinuteOnItsConnectionAtItsGate() throws {
        var book = ChallengeBook()
        let challenge = book.challenge(for: 7, at: now)
        #expect(code { try book.use(challenge, by: 8, at: now) } == .unauthenticated)
        #expect(code { try book.use(challenge, by: 7, at: now.addingTimeInterval(60)) } == .unauthenticated)
        var other = ChallengeBook()
        #expect(code { try other.use(challenge, by: 7, at: now) } == .unauthenticated)
        #expect(code { try book.use(challenge, by: 7, at: now.addingTimeInterval(59)) } == nil)
    }

    @Test(arguments: 0..<4) func whatWasNotGivenOutIsRefused(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var book = ChallengeBook()
        let good = book.challenge(for: 7, at: now)
        for _ in 0..<500 {
            var bytes = good
            let place = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes[place] ^= UInt8.random(in: 1...255, using: &random)
            case 1: bytes.removeLast(bytes.count - place)
            default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
            }
            guard bytes != good else { continue }
            #expect(code { try book.use(bytes, by: 7, at: now) } == .unauthenticated, "seed \(seed)")
        }
    }

    @Test func usedChallengesAreRememberedWithinABound() throws {
        var book = ChallengeBook(capacity: 100)
        for _ in 0..<100 { try book.use(book.challenge(for: 1, at: now), by: 1, at: now) }
        let next = book.challenge(for: 1, at: now)
        #expect(code { try book.use(next, by: 1, at: now) } == .resourceExhausted)
        // They end, and make room.
        let later = now.addingTimeInterval(61)
        #expect(code { try book.use(book.challenge(for: 1, at: later), by: 1, at: later) } == nil)
    }
}
