import MoE2Core

/// Answers a query by a team: every member gets a shard, the answers are mixed by gate weight (`choice`, `vote`, `best`).
///
/// A member that fails is replaced by the next best expert once per attempt allowed; when nobody is left, the answer is
/// mixed from those that did answer, with their weights renormalised, and says that it is degraded.
struct TeamExecution: Sendable {
    /// The team of a query that asks for mixing but for no size.
    static let defaultTeamSize = 3

    let picker: TeamPicker
    let launcher: ShardLauncher
    let emit: @Sendable (QueryEvent) async throws -> Void

    private var now: Duration { launcher.now() }

    func run(_ progress: inout QueryProgress) async throws -> Answer {
        let decision = try await picker.pick(progress, size: size(progress))
        try await emit(.decided(decision))
        var candidates = try await ask(decision.team, .first, &progress)
        var team = decision.team
        for _ in 1..<launcher.settings.maximumAttempts {
            let failures = candidates.filter { $0.error != nil }
            guard !failures.isEmpty, let replacements = replacements(failures.count, team: team, progress) else {
                break
            }
            progress.retries += replacements.count
            team += replacements
            candidates += try await ask(replacements, .retry, &progress)
        }
        return try answer(candidates, decision, &progress)
    }

    private func size(_ progress: QueryProgress) -> Int {
        let configured = picker.settings.settings(for: progress.category).teamSize
        return progress.query.teamSize ?? (configured > 1 ? configured : Self.defaultTeamSize)
    }

    /// The next best experts outside the team, as many as failed; nil when there is nobody or nothing left to pay them.
    private func replacements(_ count: Int, team: [TeamMember], _ progress: QueryProgress) -> [TeamMember]? {
        var imagined = progress
        for member in team where imagined.failed[member.expert] == nil {
            imagined.failed[member.expert] = StatusError(.alreadyExists, "it is in the team")
        }
        return try? picker.pickNow(imagined, size: count).team
    }

    private func ask(
        _ members: [TeamMember],
        _ cause: ShardRecord.Cause,
        _ progress: inout QueryProgress
    ) async throws -> [Candidate] {
        let snapshot = progress
        let allowances = Self.allowances(members, of: progress.energyLeft)
        let outcomes = try await withThrowingTaskGroup(of: (Int, Candidate).self) { group in
            for (index, member) in members.enumerated() {
                group.addTask { (index, try await ask(member, allowances[index], cause, snapshot)) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let candidates = outcomes.sorted { $0.0 < $1.0 }.map(\.1)
        for candidate in candidates {
            progress.spend(candidate.usage)
            if let error = candidate.error { progress.note(failure: error, of: candidate.expert) }
        }
        return candidates
    }

    /// What each member may take so that all of them together stay within `budget`: shares in proportion to what they are
    /// expected to need.
    static func allowances(_ members: [TeamMember], of budget: Energy?) -> [Energy?] {
        guard let budget else { return members.map { _ in nil } }
        let needs = members.map { max($0.predicted.energyP90.joules, 1e-9) }
        let sum = needs.reduce(0, +)
        return needs.map { budget * ($0 / sum) }
    }

    private func ask(
        _ member: TeamMember,
        _ allowance: Energy?,
        _ cause: ShardRecord.Cause,
        _ progress: QueryProgress
    ) async throws -> Candidate {
        var candidate = Candidate(expert: member.expert, weight: member.weight)
        let query = progress.query
        let launch: ShardLauncher.Launch
        do throws(StatusError) {
            launch = try launcher.launch(
                member,
                task: query.mode == .choice ? .scoreChoices : .generate,
                messages: query.messages,
                progress: progress,
                maxTokens: query.decoding.maxTokens,
                allowance: allowance,
                cause: cause
            )
        } catch {
            candidate.error = error
            return candidate
        }
        do {
            while true {
                switch try await launch.run.mailbox.next() {
                case .chunk(let chunk):
                    candidate.text += chunk.text
                case .finished(let result):
                    launcher.book(launch, result, progress: progress)
                    candidate.usage = result.usage
                    candidate.error = result.error ?? missingScores(result, query)
                    if candidate.error == nil, query.mode == .choice {
                        candidate.choiceProbabilities = AnswerMixer.probabilities(result.choiceLogProbabilities)
                    }
                    return candidate
                }
            }
        } catch {
            launcher.withdraw(launch, progress: progress)
            throw error
        }
    }

    private func missingScores(_ result: ShardResult, _ query: Query) -> StatusError? {
        guard query.mode == .choice, result.choiceLogProbabilities.count != query.choices.count else { return nil }
        return StatusError(
            .internal,
            "it scored \(result.choiceLogProbabilities.count) of \(query.choices.count) choices"
        )
    }

    private func answer(
        _ candidates: [Candidate],
        _ decision: TeamDecision,
        _ progress: inout QueryProgress
    ) throws -> Answer {
        let answered = candidates.filter { $0.error == nil }
        guard !answered.isEmpty else {
            throw candidates.first?.error ?? StatusError(.unavailable, "no expert answered")
        }
        if answered.count < decision.team.count {
            let causes = candidates.compactMap { candidate in
                candidate.error.map { "\(candidate.expert): \($0.message)" }
            }
            progress.degraded =
                "\(answered.count) of \(decision.team.count) experts answered (\(causes.joined(separator: "; ")))"
        }
        let mixed = AnswerMixer(scorer: picker.scorers.scorer)
            .mix(candidates, query: progress.query, category: progress.category)
        var usage = progress.usage
        usage.total = now - progress.admitted
        return Answer(
            text: mixed.text,
            choiceProbabilities: mixed.choiceProbabilities,
            decision: decision,
            candidates: candidates,
            usage: usage,
            timeToFirstToken: usage.total,
            degraded: progress.degraded,
            retries: progress.retries
        )
    }
}
