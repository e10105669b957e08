// What Foundation takes from its Unicode data for programs that speak English, a line each. The packages' suite builds it
// with the whole data and with the programs' part of it, and compares.
import Foundation

func say(_ name: String, _ value: Any?) {
    print(name, value.map { "\($0)" } ?? "none", separator: ": ")
}
let when = Date(timeIntervalSince1970: 1_764_108_000)
for identifier in ["UTC", "Europe/Berlin", "America/Los_Angeles", "Asia/Kolkata"] {
    let zone = TimeZone(identifier: identifier)
    say("seconds from GMT", zone?.secondsFromGMT(for: when))
    say("daylight saving", zone?.nextDaylightSavingTimeTransition(after: when))
    say("zone's name", zone?.localizedName(for: .standard, locale: Locale(identifier: "en_US")))
}
for identifier in ["en_US", "en_US_POSIX", "root", ""] {
    let locale = Locale(identifier: identifier)
    let formatter = DateFormatter()
    formatter.locale = locale
    formatter.timeZone = TimeZone(identifier: "Europe/Berlin")
    formatter.dateStyle = .full
    formatter.timeStyle = .long
    say("date", formatter.string(from: when))
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
    say("date of a format", formatter.string(from: when))
    say("date read", formatter.date(from: "Tue, 25 Nov 2025 23:00:00 GMT"))
    let numbers = NumberFormatter()
    numbers.locale = locale
    numbers.numberStyle = .decimal
    say("number", numbers.string(from: 1_234_567.891))
    say("order", ["b", "A", "ä", "a", "10", "9"].sorted { $0.compare($1, locale: locale) == .orderedAscending })
}
say("ISO 8601", ISO8601DateFormatter().string(from: when))
say("ISO 8601 read", ISO8601DateFormatter().date(from: "2025-11-25T22:00:00Z"))
say("style", when.formatted(Date.ISO8601FormatStyle()))
say("weekday", Calendar(identifier: .gregorian).component(.weekday, from: when))
say("week", Calendar(identifier: .iso8601).component(.weekOfYear, from: when))
say("bytes", ByteCountFormatter.string(fromByteCount: 123_456_789, countStyle: .file))
let text = "Straße ÅNGSTRÖM e\u{301}tude ﬁne ½"
say("composed", text.precomposedStringWithCanonicalMapping.unicodeScalars.count)
say("decomposed", text.decomposedStringWithCanonicalMapping.unicodeScalars.count)
say("compatible", text.precomposedStringWithCompatibilityMapping)
say("upper", text.uppercased(with: Locale(identifier: "en_US")))
say("folded", text.folding(options: [.caseInsensitive, .diacriticInsensitive], locale: nil))
say("found", text.range(of: "ångström", options: .caseInsensitive) != nil)
say("capitalised", "the gate of a fleet".capitalized)
let pattern = try NSRegularExpression(pattern: #"(?i)\bÅ\w+|\p{Lu}\p{Ll}+"#)
say("matches", pattern.numberOfMatches(in: text, range: NSRange(text.startIndex..., in: text)))
say("Latin 1", String(data: Data([0x53, 0xE9]), encoding: .isoLatin1))
say("UTF-16", String(data: Data([0xFE, 0xFF, 0x00, 0x53]), encoding: .utf16))
say("host", URL(string: "https://bücher.example/straße")?.absoluteString)
say("trimmed", " \u{2003}x\u{00A0}".trimmingCharacters(in: .whitespaces))
