import MoE2Core
import MoE2Testing
import MoE2Wire

/// Makes random messages: every field set or left out, within its bounds.
struct RandomMessages {
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    // MARK: Values

    mutating func chance() -> Bool { Bool.random(using: &random) }

    mutating func number(_ range: ClosedRange<Int> = 0...Int(UInt32.max)) -> Int {
        // Small numbers and bounds are likelier than chance makes them.
        switch Int.random(in: 0..<4, using: &random) {
        case 0: range.lowerBound
        case 1: range.upperBound
        case 2: Int.random(in: range.lowerBound...min(range.upperBound, range.lowerBound + 9), using: &random)
        default: Int.random(in: range, using: &random)
        }
    }

    mutating func wide() -> UInt64 { chance() ? UInt64.random(in: 0...UInt64.max, using: &random) : 0 }

    mutating func real(_ range: ClosedRange<Double> = -1e9...1e9) -> Double {
        chance() ? Double.random(in: range, using: &random) : max(0, range.lowerBound)
    }

    mutating func amount() -> Double { real(0...1e9) }
    mutating func energy() -> Energy { .joules(amount()) }
    mutating func power() -> Power { Power(watts: amount()) }

    /// Microseconds survive the way through milliseconds in floating point.
    mutating func time() -> Duration { .microseconds(Int.random(in: 0...3_600_000_000, using: &random)) }
    mutating func milliseconds() -> Duration { .milliseconds(number(0...3_600_000)) }

    mutating func text(_ limit: Int = 40) -> String {
        let characters = Array("aZ09 .,:/\"\\{}\n\täß€😀漢\u{301}")
        var text = ""
        for _ in 0..<Int.random(in: 0...8, using: &random) {
            guard text.utf8.count + 4 <= limit, let next = characters.randomElement(using: &random) else { break }
            text.append(next)
        }
        return text
    }

    mutating func bytes() -> [UInt8] {
        (0..<Int.random(in: 0...20, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    mutating func name<Subject>() -> Identifier<Subject> { Identifier.random(using: &random) }

    mutating func maybe<Value>(_ make: (inout RandomMessages) -> Value) -> Value? { chance() ? make(&self) : nil }

    mutating func list<Value>(_ make: (inout RandomMessages) -> Value) -> [Value] {
        (0..<Int.random(in: 0...3, using: &random)).map { _ in make(&self) }
    }

    mutating func one<Value: CaseIterable>() -> Value {
        let all = Array(Value.allCases)
        return all[Int.random(in: 0..<all.count, using: &random)]
    }

    // MARK: What messages share

    mutating func message() -> Message { Message(role: one(), content: text(), extensionsJSON: text()) }

    mutating func decoding() -> Decoding {
        Decoding(
            maxTokens: number(),
            temperature: amount(),
            topP: amount(),
            seed: maybe { Int64(bitPattern: $0.wide()) },
            stop: list { $0.text() },
            topLogProbabilities: maybe { $0.number() },
            extensionsJSON: text()
        )
    }

    mutating func usage() -> Usage {
        Usage(
            promptTokens: number(),
            completionTokens: number(),
            prefill: time(),
            decode: time(),
            total: time(),
            energy: energy(),
            energySource: one()
        )
    }

    mutating func chunk() -> ShardChunk {
        ShardChunk(
            sequence: UInt32(number()),
            text: text(),
            tokens: number(),
            extensionsJSON: text(),
            logProbabilitiesJSON: text()
        )
    }

    mutating func expert() -> Expert {
        Expert(
            id: name(),
            model: text(),
            backend: text(),
            contextLength: number(),
            parameters: wide(),
            weightBytes: wide(),
            quantization: text(),
            slots: number(),
            scoresChoices: chance(),
            embeds: chance(),
            memoryBytes: wide()
        )
    }

    mutating func host() -> Host {
        Host(
            id: name(),
            device: text(),
            agentVersion: text(),
            cores: number(),
            memoryBytes: wide(),
            powerMeter: text(),
            idlePower: power(),
            activationEnergy: energy()
        )
    }

    mutating func capacity() -> ExpertCapacity {
        ExpertCapacity(
            expert: name(),
            state: one(),
            detail: text(),
            slots: number(),
            busySlots: number(),
            queued: number(),
            prefillRate: amount(),
            decodeRate: amount(),
            rateSource: one(),
            activePower: power(),
            energyPerToken: energy(),
            energySource: one()
        )
    }

    mutating func report() -> CapacityReport {
        CapacityReport(
            sequence: wide(),
            experts: list { $0.capacity() },
            power: power(),
            powerSource: one(),
            temperatureCelsius: maybe { $0.real() },
            throttled: chance(),
            powerMode: text(),
            freeMemoryBytes: wide(),
            loadAverage: amount(),
            roundTrip: time()
        )
    }

    mutating func error() -> StatusError { StatusError(one(), text()) }

    mutating func status() -> StatusError {
        StatusError(
            one(),
            text(),
            smallestEnergy: maybe { $0.energy() },
            smallestLatency: maybe { $0.time() },
            retryAfter: maybe { $0.time() }
        )
    }

    // MARK: What agents say and hear

    mutating func hello() -> HelloRequest {
        HelloRequest(
            host: host(),
            experts: list { $0.expert() },
            report: report(),
            certificate: bytes(),
            signature: bytes(),
            challenge: bytes()
        )
    }

    mutating func helloReply() -> HelloReply {
        HelloReply(
            session: text(),
            reportInterval: milliseconds(),
            pollHold: milliseconds(),
            sessionTimeout: milliseconds(),
            gateVersion: text(),
            finishPolls: chance()
        )
    }

    mutating func shard() -> Shard {
        Shard(
            id: name(),
            expert: name(),
            task: one(),
            messages: list { $0.message() },
            choices: list { $0.text() },
            decoding: decoding(),
            timeLeft: milliseconds(),
            energyAllowance: maybe { $0.energy() },
            traceParent: text(),
            linger: milliseconds()
        )
    }

    mutating func pollReply() -> PollReply {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: .start(shard())
        case 1: .cancelShard(name())
        case 2: .drain(chance())
        default: .none
        }
    }

    mutating func result() -> ShardResult {
        ShardResult(
            error: maybe { $0.error() },
            finishReason: one(),
            usage: usage(),
            choiceLogProbabilities: list { $0.real() },
            embedding: list { Float($0.real()) },
            chunks: UInt32(number())
        )
    }

    // MARK: What clients say and hear

    mutating func query() -> Query {
        Query(
            id: name(),
            messages: list { $0.message() },
            category: maybe { $0.name() },
            budget: Budget(energy: maybe { $0.energy() }, latency: maybe { $0.time() }),
            mode: one(),
            teamSize: maybe { $0.number(1...64) },
            choices: list { $0.text() },
            decoding: decoding(),
            expert: maybe { $0.name() },
            mayQueue: chance(),
            priority: Int32(truncatingIfNeeded: wide()),
            explain: chance(),
            traceParent: text(),
            isStreamed: chance()
        )
    }

    mutating func cost() -> CostEstimate {
        CostEstimate(latency: time(), latencyP90: time(), energy: energy(), energyP90: energy(), source: one())
    }

    mutating func decision() -> TeamDecision {
        TeamDecision(
            team: list {
                TeamMember(expert: $0.name(), host: $0.name(), weight: $0.amount(), predicted: $0.cost())
            },
            predicted: cost(),
            plan: wide(),
            category: name(),
            considered: list {
                Consideration(
                    expert: $0.name(),
                    host: $0.name(),
                    score: $0.real(),
                    weight: $0.amount(),
                    predicted: $0.cost(),
                    chosen: $0.chance(),
                    reason: $0.text()
                )
            }
        )
    }

    mutating func candidate() -> Candidate {
        Candidate(
            expert: name(),
            weight: amount(),
            text: text(),
            choiceProbabilities: list { $0.real() },
            usage: usage(),
            error: maybe { $0.error() }
        )
    }

    mutating func answer() -> Answer {
        Answer(
            text: text(),
            choiceProbabilities: list { $0.real() },
            decision: decision(),
            candidates: list { $0.candidate() },
            usage: usage(),
            timeToFirstToken: time(),
            waited: time(),
            finishReason: one(),
            degraded: maybe { $0.text() },
            retries: number()
        )
    }

    mutating func event() -> QueryEvent {
        switch Int.random(in: 0..<3, using: &random) {
        case 0: .decided(decision())
        case 1: .text(chunk())
        default: .done(answer())
        }
    }

    mutating func plan() -> Plan {
        Plan(
            number: wide(),
            category: name(),
            activeSet: list { $0.name() },
            status: one(),
            quality: real(),
            bound: real(),
            gap: amount(),
            energyLimit: maybe { $0.energy() },
            latencyLimit: maybe { $0.time() },
            teamSize: number(),
            binding: list { $0.text() },
            nodes: wide(),
            solveTime: time(),
            reason: text()
        )
    }

    mutating func point() -> FrontierPoint {
        FrontierPoint(
            energy: maybe { $0.energy() },
            latency: maybe { $0.time() },
            quality: maybe { $0.real() },
            bound: real(),
            experts: list { $0.name() }
        )
    }

    mutating func planRequest() -> PlanRequest {
        PlanRequest(
            category: maybe { $0.name() },
            energies: list { $0.amount() },
            latencies: list { $0.amount() },
            without: list { $0.text() },
            with: list { $0.text() }
        )
    }

    mutating func planReply() -> PlanReply {
        PlanReply(plan: plan(), energyFrontier: list { $0.point() }, latencyFrontier: list { $0.point() })
    }

    mutating func snapshot() -> FleetSnapshot {
        FleetSnapshot(
            gateVersion: text(),
            uptime: time(),
            hosts: list {
                HostStatus(
                    host: $0.host(),
                    state: $0.one(),
                    experts: $0.list { $0.expert() },
                    report: $0.report(),
                    lastSeen: $0.time(),
                    joined: $0.time()
                )
            },
            plans: list { $0.plan() },
            activeQueries: number(),
            queuedQueries: number()
        )
    }

    mutating func envelope() -> Envelope {
        let kinds: [Envelope.Kind] = [.call, .next, .cancel, .reply]
        var envelope = Envelope(
            kind: kinds[Int.random(in: 0..<4, using: &random)],
            epoch: wide(),
            streamID: wide()
        )
        envelope.version = UInt32(number())
        envelope.sequence = UInt32(number())
        envelope.timeLeft = maybe { .milliseconds($0.number(1...3_600_000)) }
        envelope.method = text()
        envelope.credits = UInt32(number())
        envelope.endOfStream = chance()
        envelope.status = maybe { $0.status() }
        envelope.messages = list { $0.bytes() }
        envelope.authorization = text()
        return envelope
    }
}
