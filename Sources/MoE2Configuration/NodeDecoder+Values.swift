import MoE2Core

/// Types that are written with a unit or have a spelling of their own.
extension NodeDecoder {
    /// The node as a `Value`, with errors that name the path and the line.
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        do {
            // In two steps: nil would count as a value of any optional type.
            if let unit = try unitValue(type), let value = unit as? Value { return value }
            return try Value(from: self)
        } catch let error as ConfigurationError {
            throw error
        } catch let error as StatusError {
            throw invalid("is wrong: \(error.message)")
        } catch let DecodingError.keyNotFound(key, context) {
            throw missing(key, in: context.codingPath)
        } catch let DecodingError.dataCorrupted(context) {
            throw described(context, type: type)
        } catch let DecodingError.typeMismatch(_, context) {
            throw described(context, type: type)
        } catch let DecodingError.valueNotFound(_, context) {
            throw described(context, type: type)
        }
    }

    /// The text of a scalar.
    func text(expected: String) throws(ConfigurationError) -> String {
        guard case .scalar(let text) = node.value else { throw invalid("is \(node.kind), but must be \(expected)") }
        return text
    }

    /// The error for a `key` that is needed and not there.
    func missing(_ key: any CodingKey, in codingPath: [any CodingKey]) -> ConfigurationError {
        let name = Self.snakeCase(key.stringValue)
        let section = Self.describe(codingPath)
        if let misspelt = usage.misspelling(of: name, path: section) { return misspelt }
        let place = section.isEmpty ? "" : " in '\(section)' \(node.origin.place)"
        return ConfigurationError(.missingKey, "the key '\(name)' is missing\(place): add it")
    }

    private func unitValue(_ type: any Decodable.Type) throws -> (any Decodable)? {
        do {
            if type == Duration.self { return try HumanUnits.duration(try text(expected: "a duration such as 800ms")) }
            if type == Energy.self { return try HumanUnits.energy(try text(expected: "an energy such as 20J")) }
            if type == Power.self { return try HumanUnits.power(try text(expected: "a power such as 35W")) }
            if type == ByteCount.self { return try HumanUnits.bytes(try text(expected: "a size such as 4GiB")) }
            return nil
        } catch {
            throw error.message.hasPrefix("'\(path)'") || path.isEmpty ? error : invalid("is wrong: \(error.message)")
        }
    }

    /// An error of the standard library or of a type's own `init(from:)`, with the place and, for an enumeration, with
    /// the names that are allowed.
    private func described(_ context: DecodingError.Context, type: any Decodable.Type) -> ConfigurationError {
        let names = allowedNames(type)
        guard !names.isEmpty, case .scalar(let text) = node.value else {
            // A key below this node may be meant; its line is more use than this one's.
            let problem = context.debugDescription
            if let place = find(context.codingPath.dropFirst(codingPath.count)) {
                return place.invalid("is wrong: \(problem)")
            }
            // The key is not there at all.
            let key = Self.describe(context.codingPath)
            return ConfigurationError(
                .invalidValue,
                "'\(key)' \(problem.hasPrefix("is ") ? "" : "is wrong: ")\(problem)"
            )
        }
        let cure = Suggestion.nearest(to: text, among: names).map { "did you mean '\($0)'?" }
        let list = names.joined(separator: ", ")
        return invalid("is '\(text.prefix(60))', but must be one of \(list)\(cure.map { ": " + $0 } ?? "")")
    }

    private func allowedNames(_ type: any Decodable.Type) -> [String] {
        guard let cases = (type as? any CaseIterable.Type)?.allCases as? any Collection else { return [] }
        return cases.compactMap { ($0 as? any RawRepresentable)?.rawValue as? String }
    }

    private func find(_ path: ArraySlice<any CodingKey>) -> NodeDecoder? {
        guard let key = path.first else { return self }
        guard let child = node[Self.snakeCase(key.stringValue)] ?? node[key.stringValue] else { return nil }
        return descend(to: child, key: key).find(path.dropFirst())
    }
}
