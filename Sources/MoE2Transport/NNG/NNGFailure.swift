import CNNG

/// An error number of NNG.
struct NNGFailure: Error, Equatable {
    let code: Int32

    init(code: Int32) { self.code = code }
    init(_ code: nng_errno_enum) { self.code = Int32(code.rawValue) }

    /// What NNG calls it.
    var text: String { String(cString: nng_strerror(code)) }

    static func == (failure: NNGFailure, code: nng_errno_enum) -> Bool { failure.code == Int32(code.rawValue) }
}
