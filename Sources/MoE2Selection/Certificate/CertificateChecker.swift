/// Verifies what can be verified of a certificate without solving again: feasibility, value, and that bound and gap agree.
public struct CertificateChecker {
    private let problem: SelectionProblem

    /// A checker for answers to `problem`.
    public init(_ problem: SelectionProblem) { self.problem = problem }

    /// What is wrong with `certificate`; empty when nothing is.
    public func faults(_ certificate: Certificate) -> [String] {
        let feasibility = Feasibility(problem)
        guard certificate.status != .infeasible else {
            let witness = problem.required.isEmpty ? problem.present.map { [$0] } : [feasibility.required]
            return witness.contains(where: feasibility.isFeasible) ? ["a feasible set exists"] : []
        }
        guard certificate.set.allSatisfy(problem.experts.indices.contains) else { return ["an index is out of range"] }
        var faults: [String] = []
        if Set(certificate.set).count != certificate.set.count { faults.append("an expert is there twice") }
        if !feasibility.isFeasible(certificate.set) {
            faults.append("the set is not feasible: \(feasibility.violations(of: certificate.set))")
        }
        let value = problem.value(of: certificate.set)
        if abs(value - certificate.value) > 1e-9 * max(1, abs(value)) {
            faults.append("the value is \(value), not \(certificate.value)")
        }
        if certificate.bound < certificate.value { faults.append("the bound is below the value") }
        if certificate.status == .optimal, certificate.gap > 1e-9 { faults.append("the gap is not closed") }
        return faults
    }
}
