/// The free experts of one host, as the bound sees them.
struct PackingSegment {
    let host: Int
    /// The first column.
    let start: Int
    /// The column after the last.
    var end: Int
    /// What opening the host costs; 0 when it is open.
    let activation: Double
    let idle: Double
    /// The memory that is left.
    let memory: Double
    /// The memory of all its columns.
    var demand = 0.0

    init(host: Int, start: Int, activation: Double, idle: Double, memory: Double) {
        self.host = host
        self.start = start
        end = start
        self.activation = activation
        self.idle = idle
        self.memory = memory
    }
}
