/// Secrets that lie in a file of their own, so that they are in no configuration, process list or environment.
public enum SecretFile {
    /// The secret in the file at `path`: its text without the white space around it.
    /// - Parameter key: The configuration key that named the file, such as `token_file`; for the error.
    /// - Throws: ``ConfigurationError`` when the file cannot be read, is empty or holds more than one line.
    public static func read(_ path: String, key: String) throws(ConfigurationError) -> String {
        let text = try TextFile.read(path, what: "the file that '\(key)' names,")
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
        guard let line = lines.first, lines.count == 1 else {
            let problem = lines.isEmpty ? "is empty" : "has more than one line"
            throw ConfigurationError(
                .invalidValue,
                "'\(path)', which '\(key)' names, \(problem): write the secret alone into it"
            )
        }
        var secret = line.drop(while: \.isWhitespace)
        while secret.last?.isWhitespace == true { secret.removeLast() }
        return String(secret)
    }
}
