import MoE2Core

/// Answers a query by a team: every member gets a shard, the answers are mixed by gate weight (`choice`, `vote`, `best`).
///
/// A member that is slow is hedged, and one that fails is replaced by the next best expert once per attempt allowed; when nobody
/// is left, the answer is mixed from those that did answer, with their weights renormalised, and says that it is degraded.
struct TeamExecution: Sendable {
    /// The team of a query that asks for mixing but for no size.
    static let defaultTeamSize = 3

    let picker: TeamPicker
    let launcher: ShardLauncher
    let throttle: HedgeThrottle
    let emit: @Sendable (QueryEvent) async throws -> Void

    private var now: Duration { launcher.now() }

    func run(_ progress: inout QueryProgress) async throws -> Answer {
        let decision = try await picker.pick(progress, size: size(progress))
        try await emit(.decided(decision))
        let ledger = TeamLedger(limit: progress.energyLeft)
        var candidates = try await ask(decision.team, .first, ledger, &progress)
        for _ in 1..<launcher.settings.maximumAttempts {
            let missing = decision.team.count - candidates.count { $0.error == nil }
            guard missing > 0,
                let replacements = try? picker.pickNow(progress.imagining(ledger), size: missing).team
            else { break }
            progress.retries += replacements.count
            candidates += try await ask(replacements, .retry, ledger, &progress)
        }
        return try answer(candidates, decision, &progress)
    }

    private func size(_ progress: QueryProgress) -> Int {
        let configured = picker.settings.settings(for: progress.category).teamSize
        return progress.query.teamSize ?? (configured > 1 ? configured : Self.defaultTeamSize)
    }

    private func ask(
        _ members: [TeamMember],
        _ cause: ShardRecord.Cause,
        _ ledger: TeamLedger,
        _ progress: inout QueryProgress
    ) async throws -> [Candidate] {
        let snapshot = progress
        let allowances = Self.allowances(members, of: ledger.free)
        for (member, allowance) in zip(members, allowances) { ledger.ask(member.expert, allowance: allowance) }
        let shard = HedgedShard(picker: picker, launcher: launcher, throttle: throttle, ledger: ledger)
        let outcomes = try await withThrowingTaskGroup(of: (Int, HedgedShard.Outcome).self) { group in
            for (index, member) in members.enumerated() {
                group.addTask {
                    (index, try await shard.run(member, allowance: allowances[index], cause: cause, progress: snapshot))
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let ordered = outcomes.sorted { $0.0 < $1.0 }.map(\.1)
        for outcome in ordered {
            if let withdrawn = outcome.withdrawn { progress.spend(withdrawn) }
            for candidate in outcome.candidates {
                progress.spend(candidate.usage)
                if let error = candidate.error { progress.note(failure: error, of: candidate.expert) }
            }
        }
        return ordered.flatMap(\.candidates)
    }

    /// What each member may take so that all of them together stay within `budget`: shares in proportion to what they are
    /// expected to need.
    static func allowances(_ members: [TeamMember], of budget: Energy?) -> [Energy?] {
        guard let budget else { return members.map { _ in nil } }
        let needs = members.map { max($0.predicted.energyP90.joules, 1e-9) }
        let sum = needs.reduce(0, +)
        return needs.map { budget * ($0 / sum) }
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
        let candidates = reweighted(candidates, decision, progress)
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

    /// Weights that go together: a replacement was picked alone, so its weight says nothing beside those of the team.
    private func reweighted(
        _ candidates: [Candidate],
        _ decision: TeamDecision,
        _ progress: QueryProgress
    ) -> [Candidate] {
        let team = Set(decision.team.map(\.expert))
        guard !candidates.allSatisfy({ team.contains($0.expert) }) else { return candidates }
        let weights = picker.weights(of: candidates.map(\.expert), for: progress)
        return zip(candidates, weights).map { candidate, weight in
            var candidate = candidate
            candidate.weight = weight
            return candidate
        }
    }
}
