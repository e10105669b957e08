public import MoE2Core

/// What `moe2 fleet --json` prints. Energies are in joules, powers in watts, times in milliseconds.
public struct FleetJSON: Codable, Sendable, Equatable {
    /// A host.
    public struct Host: Codable, Sendable, Equatable {
        public var id: String
        public var state: String
        public var device: String
        public var agentVersion: String
        public var powerW: Double
        public var powerSource: String
        public var powerMeter: String
        public var temperatureC: Double?
        public var throttled: Bool
        public var powerMode: String
        public var freeMemoryBytes: UInt64
        public var loadAverage: Double
        public var roundTripMs: Double
        public var lastSeenMs: Double
        public var experts: [Expert]
    }

    /// An expert.
    public struct Expert: Codable, Sendable, Equatable {
        public var id: String
        public var model: String
        public var backend: String
        public var state: String
        public var detail: String
        public var slots: Int
        public var busySlots: Int
        public var queued: Int
        public var prefillTokensPerS: Double
        public var decodeTokensPerS: Double
        public var rateSource: String
        public var activeW: Double
        public var jPerToken: Double
        public var energySource: String
        public var contextLength: Int
        public var parameters: UInt64
        public var quantization: String
        public var scoresChoices: Bool
    }

    /// A plan.
    public struct Plan: Codable, Sendable, Equatable {
        public var number: UInt64
        public var category: String
        public var activeSet: [String]
        public var status: String
        public var quality: Double
        public var bound: Double
        public var gap: Double
        public var energyLimitJ: Double?
        public var latencyLimitMs: Double?
        public var teamSize: Int
        public var binding: [String]
        public var nodes: UInt64
        public var solveMs: Double
        public var reason: String

        /// The JSON form of `plan`.
        public init(_ plan: MoE2Core.Plan) {
            number = plan.number
            category = plan.category.rawValue
            activeSet = plan.activeSet.map(\.rawValue)
            status = plan.status.description
            quality = plan.quality
            bound = plan.bound
            gap = plan.gap
            energyLimitJ = plan.energyLimit?.joules
            latencyLimitMs = plan.latencyLimit?.milliseconds
            teamSize = plan.teamSize
            binding = plan.binding
            nodes = plan.nodes
            solveMs = plan.solveTime.milliseconds
            reason = plan.reason
        }
    }

    public var gateVersion: String
    public var uptimeMs: Double
    public var activeQueries: Int
    public var queuedQueries: Int
    public var hosts: [Host]
    public var plans: [Plan]
    public var calibration: CalibrationJSON

    /// The JSON form of `fleet`.
    public init(_ fleet: FleetSnapshot) {
        gateVersion = fleet.gateVersion
        uptimeMs = fleet.uptime.milliseconds
        activeQueries = fleet.activeQueries
        queuedQueries = fleet.queuedQueries
        hosts = fleet.hosts.map(Host.init)
        plans = fleet.plans.map(Plan.init)
        calibration = CalibrationJSON(fleet.calibration)
    }
}

extension FleetJSON.Host {
    init(_ status: HostStatus) {
        id = status.host.id.rawValue
        state = status.state.description
        device = status.host.device
        agentVersion = status.host.agentVersion
        powerW = status.report.power.watts
        powerSource = status.report.powerSource.description
        powerMeter = status.host.powerMeter
        temperatureC = status.report.temperatureCelsius
        throttled = status.report.throttled
        powerMode = status.report.powerMode
        freeMemoryBytes = status.report.freeMemoryBytes
        loadAverage = status.report.loadAverage
        roundTripMs = status.report.roundTrip.milliseconds
        lastSeenMs = status.lastSeen.milliseconds
        experts = status.experts.map { expert in
            FleetJSON.Expert(expert, status.report.experts.first { $0.expert == expert.id })
        }
    }
}

extension FleetJSON.Expert {
    init(_ expert: Expert, _ capacity: ExpertCapacity?) {
        id = expert.id.rawValue
        model = expert.model
        backend = expert.backend
        state = (capacity?.state ?? .starting).description
        detail = capacity?.detail ?? ""
        slots = expert.slots
        busySlots = capacity?.busySlots ?? 0
        queued = capacity?.queued ?? 0
        prefillTokensPerS = capacity?.prefillRate ?? 0
        decodeTokensPerS = capacity?.decodeRate ?? 0
        rateSource = (capacity?.rateSource ?? .unknown).description
        activeW = capacity?.activePower.watts ?? 0
        jPerToken = capacity?.energyPerToken.joules ?? 0
        energySource = (capacity?.energySource ?? .unknown).description
        contextLength = expert.contextLength
        parameters = expert.parameters
        quantization = expert.quantization
        scoresChoices = expert.scoresChoices
    }
}
