/// Why a service does not start, in one line for the terminal; the process exits with 1.
struct StartFailure: Error, CustomStringConvertible {
    let description: String
}
