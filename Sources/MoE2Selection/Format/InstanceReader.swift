/// Reads the instance format of docs/SELECTION.md.
public struct InstanceReader {
    /// Keys that the format does not have, as they were met.
    public private(set) var unknownKeys: [String] = []

    private var rows = 0
    private var columns: Int?
    private var values: [Double] = []
    private var weights: [Double]?
    private var temperature = 0.0
    private var teamSize = 1
    private var experts: [SelectionExpert] = []
    private var hosts: [SelectionHost] = []
    private var limits = SelectionLimits()
    private var required: [String] = []
    private var forbidden: [String] = []
    private var exclusive: [[String]] = []
    private var hasScores = false

    /// A reader for one instance.
    public init() {}

    /// The problem that the JSON text `bytes` describes.
    /// - Throws: ``SelectionError`` that names the field that is missing or wrong.
    public mutating func read(_ bytes: [UInt8]) throws(SelectionError) -> SelectionProblem {
        var failure: SelectionError?
        // The zero ends the text for the C library, which parses the long numbers.
        (bytes + [0]).withUnsafeBufferPointer { buffer in
            guard let address = buffer.baseAddress else { return }
            var scanner = JSONScanner(address, count: bytes.count)
            do throws(SelectionError) {
                try scanner.object("") { (scanner, key) throws(SelectionError) in try self.member(key, &scanner) }
                try scanner.finish()
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        guard hasScores else {
            throw SelectionError(field: "scores", "is missing; give one row a prompt with one number an expert")
        }
        if experts.isEmpty, let columns, columns > 0 {
            // Without descriptions the columns are experts that cost nothing.
            experts = (0..<columns).map { SelectionExpert(id: "\($0)") }
        }
        return try SelectionProblem(
            scores: try ScoreTable(prompts: rows, experts: columns ?? experts.count, values: values),
            weights: weights,
            temperature: temperature,
            teamSize: teamSize,
            experts: experts,
            hosts: hosts,
            limits: limits,
            required: required,
            forbidden: forbidden,
            exclusive: exclusive
        )
    }

    private mutating func member(_ key: String, _ scanner: inout JSONScanner) throws(SelectionError) {
        if key != "scores", scanner.takeNull() { return }
        switch key {
        case "scores": try readScores(&scanner)
        case "weights":
            var list: [Double] = []
            try scanner.numbers("weights", into: &list)
            weights = list
        case "temperature": temperature = try scanner.number(key)
        case "k": teamSize = try scanner.integer(key)
        case "experts":
            try scanner.array(key) { (scanner, index) throws(SelectionError) in
                self.experts.append(try self.expert("experts[\(index)]", &scanner))
            }
        case "hosts":
            try scanner.array(key) { (scanner, index) throws(SelectionError) in
                self.hosts.append(try self.host("hosts[\(index)]", &scanner))
            }
        case "limits": try readLimits(&scanner)
        case "required": required = try names(key, &scanner)
        case "forbidden": forbidden = try names(key, &scanner)
        case "exclusive":
            try scanner.array(key) { (scanner, index) throws(SelectionError) in
                self.exclusive.append(try self.names("exclusive[\(index)]", &scanner))
            }
        default: try ignore(key, &scanner)
        }
    }

    private mutating func ignore(_ field: String, _ scanner: inout JSONScanner) throws(SelectionError) {
        if unknownKeys.count < 16 { unknownKeys.append(field) }
        try scanner.skip(field)
    }

    private mutating func readScores(_ scanner: inout JSONScanner) throws(SelectionError) {
        hasScores = true
        values.removeAll()
        rows = 0
        columns = nil
        try scanner.array("scores") { (scanner, index) throws(SelectionError) in
            let before = self.values.count
            try scanner.numbers("scores[\(index)]", into: &self.values)
            let width = self.values.count - before
            if let columns = self.columns, columns != width {
                throw SelectionError(
                    field: "scores[\(index)]",
                    "has \(width) numbers; the rows before it have \(columns)"
                )
            }
            self.columns = width
            self.rows += 1
        }
    }

    private mutating func expert(
        _ field: String,
        _ scanner: inout JSONScanner
    ) throws(SelectionError) -> SelectionExpert {
        var expert = SelectionExpert(id: "")
        var isNamed = false
        try scanner.object(field) { (scanner, key) throws(SelectionError) in
            if scanner.takeNull() { return }
            let path = "\(field).\(key)"
            switch key {
            case "id":
                expert.id = try scanner.string(path)
                isNamed = true
            case "host": expert.host = try scanner.string(path)
            case "energy_j": expert.energy = Joules(try scanner.number(path))
            case "memory_mb": expert.memory = Megabytes(try scanner.number(path))
            case "latency_ms": expert.latency = try Self.times(path, &scanner)
            default: try self.ignore(path, &scanner)
            }
        }
        guard isNamed else { throw SelectionError(field: "\(field).id", "is missing") }
        return expert
    }

    private mutating func host(_ field: String, _ scanner: inout JSONScanner) throws(SelectionError) -> SelectionHost {
        var host = SelectionHost(id: "")
        var isNamed = false
        try scanner.object(field) { (scanner, key) throws(SelectionError) in
            if scanner.takeNull() { return }
            let path = "\(field).\(key)"
            switch key {
            case "id":
                host.id = try scanner.string(path)
                isNamed = true
            case "activation_j": host.activation = Joules(try scanner.number(path))
            case "idle_w": host.idle = Watts(try scanner.number(path))
            case "memory_mb": host.memory = Megabytes(try scanner.number(path))
            default: try self.ignore(path, &scanner)
            }
        }
        guard isNamed else { throw SelectionError(field: "\(field).id", "is missing") }
        return host
    }

    private mutating func readLimits(_ scanner: inout JSONScanner) throws(SelectionError) {
        limits = SelectionLimits()
        try scanner.object("limits") { (scanner, key) throws(SelectionError) in
            if scanner.takeNull() { return }
            let path = "limits.\(key)"
            switch key {
            case "energy_j": self.limits.energy = Joules(try scanner.number(path))
            case "power_w": self.limits.power = Watts(try scanner.number(path))
            case "latency_ms": self.limits.latency = try Self.times(path, &scanner)
            case "max_experts": self.limits.maximumExperts = try scanner.integer(path)
            default: try self.ignore(path, &scanner)
            }
        }
    }

    private static func times(
        _ field: String,
        _ scanner: inout JSONScanner
    ) throws(SelectionError) -> [String: Milliseconds] {
        var times: [String: Milliseconds] = [:]
        try scanner.object(field) { (scanner, category) throws(SelectionError) in
            if scanner.takeNull() { return }
            times[category] = Milliseconds(try scanner.number("\(field).\(category)"))
        }
        return times
    }

    private func names(_ field: String, _ scanner: inout JSONScanner) throws(SelectionError) -> [String] {
        var names: [String] = []
        try scanner.array(field) { (scanner, index) throws(SelectionError) in
            names.append(try scanner.string("\(field)[\(index)]"))
        }
        return names
    }
}
