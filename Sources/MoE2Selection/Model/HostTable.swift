/// The hosts of a problem by number, also those that only experts name; number 0 is no host.
struct HostTable {
    var names: [String] = [""]
    var activation: [Double] = [0]
    var idle: [Double] = [0]
    var memory: [Double?] = [nil]
    /// The host of every expert of the problem.
    var index: [Int] = []

    init(_ problem: SelectionProblem) {
        var known: [String: Int] = [:]
        for host in problem.hosts {
            known[host.id] = names.count
            append(host)
        }
        for expert in problem.experts {
            guard let name = expert.host else {
                index.append(0)
                continue
            }
            if let found = known[name] {
                index.append(found)
            } else {
                known[name] = names.count
                index.append(names.count)
                append(SelectionHost(id: name))
            }
        }
    }

    private mutating func append(_ host: SelectionHost) {
        names.append(host.id)
        activation.append(host.activation.value)
        idle.append(host.idle.value)
        memory.append(host.memory?.value)
    }
}
