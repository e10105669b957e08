/// Waits until `condition` holds; looks every few milliseconds, so that other tests get the threads meanwhile.
/// - Throws: `NeverHappened` after a minute, and what `condition` throws.
public func eventually(
    _ what: @autoclosure () -> String = "the condition holds",
    file: StaticString = #fileID,
    line: UInt = #line,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw NeverHappened(what: "\(file):\(line): \(what())") }
        try await Task.sleep(for: .milliseconds(2))
    }
}
