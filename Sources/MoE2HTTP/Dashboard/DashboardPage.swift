/// The dashboard: one page with its style and its script inside, so that a browser asks for nothing else.
enum DashboardPage {
    private static let template = parts(PackageResources.dashboard_html)

    /// The page. `nonce` is a fresh random text that lets its own style and script run and no others.
    static func html(nonce: String) -> [UInt8] {
        var page: [UInt8] = []
        page.reserveCapacity(65_536)
        for part in template {
            switch part {
            case .text(let bytes): page += bytes
            case .nonce: page += Array(nonce.utf8)
            case .style: page += PackageResources.dashboard_css
            case .script: page += PackageResources.dashboard_js
            }
        }
        return page
    }

    /// What a browser may do with the page: run what is inside it, talk to where it came from, nothing else.
    static func policy(nonce: String) -> String {
        """
        default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; connect-src 'self'; \
        img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'
        """
    }

    private enum Part: Sendable {
        case text([UInt8])
        case nonce
        case style
        case script
    }

    /// The page's text between its placeholders `{{nonce}}`, `{{style}}` and `{{script}}`.
    private static func parts(_ bytes: [UInt8]) -> [Part] {
        var parts: [Part] = []
        var rest = String(decoding: bytes, as: UTF8.self)[...]
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
            parts.append(.text(Array(rest[..<open.lowerBound].utf8)))
            switch rest[open.upperBound..<close.lowerBound] {
            case "nonce": parts.append(.nonce)
            case "style": parts.append(.style)
            default: parts.append(.script)
            }
            rest = rest[close.upperBound...]
        }
        return parts + [.text(Array(rest.utf8))]
    }
}

extension Substring {
    fileprivate func firstRange(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
