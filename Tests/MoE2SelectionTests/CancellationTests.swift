import Foundation
import MoE2Selection
import MoE2Testing
import Testing

/// A solve on one thread that another one ends.
@Suite(.timeLimit(.minutes(5))) struct CancellationTests {
    /// A problem whose proof takes very long.
    private func hardProblem() throws -> SelectionProblem {
        var random = SeededGenerator(seed: 5)
        let rows = (0..<400).map { _ in (0..<90).map { _ in random.uniform() } }
        return try SelectionProblem(
            scores: try ScoreTable(rows: rows),
            teamSize: 90,
            experts: (0..<90).map { SelectionExpert(id: "e\($0)", energy: Joules(1 + random.uniform())) },
            limits: SelectionLimits(energy: 20)
        )
    }

    @Test("Ends a running solve, which answers with what it has")
    func endsARunningSolve() async throws {
        let problem = try hardProblem()
        let cancellation = Cancellation()
        let isRunning = DispatchSemaphore(value: 0)
        let canceller = Thread {
            isRunning.wait()
            cancellation.cancel()
        }
        canceller.start()
        // The clock is read all through a solve with a deadline: the first reading says that it runs.
        let options = SolveOptions(
            now: {
                isRunning.signal()
                return .zero
            },
            deadline: .seconds(1),
            cancellation: cancellation
        )
        let answer = SelectionSolver(options).solve(problem)
        #expect(cancellation.isCancelled && answer.status == .feasible && answer.gap > 0)
        #expect(CertificateChecker(problem).faults(answer).isEmpty)
    }

    @Test("A solve that is cancelled before it starts, or has no time, still answers with a feasible set and a bound")
    func endsBeforeItStarts() throws {
        var random = SeededGenerator(seed: 12)
        for index in 0..<200 {
            let problem = try RandomProblems.make(&random)
            let proved = problem.solved()
            let cancellation = Cancellation()
            cancellation.cancel()
            let options = SolveOptions(now: standingClock, cancellation: cancellation, start: proved.set)
            for options in [options, SolveOptions(now: standingClock, deadline: .zero)] {
                let answer = SelectionSolver(options).solve(problem)
                let label: Comment = "problem \(index)"
                #expect((answer.status == .infeasible) == (proved.status == .infeasible), label)
                #expect(CertificateChecker(problem).faults(answer).isEmpty, label)
                #expect(answer.bound >= proved.value - 1e-9, label)
            }
            let warm = SelectionSolver(options).solve(problem)
            if proved.status == .optimal { #expect(warm.set == proved.set, "problem \(index)") }
        }
    }

    @Test("Every point of a frontier that is cut short is feasible")
    func cutsFrontiersShort() throws {
        var random = SeededGenerator(seed: 13)
        for index in 0..<60 {
            let problem = try RandomProblems.make(&random)
            // The clock runs out at some reading.
            let end = random.below(30)
            var readings = 0
            let options = SolveOptions(
                now: {
                    readings += 1
                    return readings < end ? .zero : .seconds(2)
                },
                deadline: .seconds(1)
            )
            for point in Frontier.energy(problem, points: 5, options: options).points {
                var limits = problem.limits
                limits.energy = Joules(point.use)
                let faults = CertificateChecker(try problem.limited(to: limits)).faults(point.certificate)
                #expect(faults.isEmpty, "problem \(index), end \(end): \(faults)")
            }
        }
    }

    @Test("A live selection that was given no time is solved afresh by the next update")
    func livesOn() throws {
        let problem = try hardProblem()
        let live = LiveSelection(problem, SolveOptions(now: standingClock, deadline: .zero))
        #expect(live.certificate.status == .feasible && live.certificate.gap > 0)
        var fleet = SelectionFleet(problem)
        fleet.limits.energy = 2
        let answer = try live.update(to: fleet, options: SolveOptions(now: standingClock))
        #expect(answer.status == .optimal && live.work == .cold)
    }

    @Test("Solves on several threads at once do not disturb each other")
    func solvesInParallel() async throws {
        var random = SeededGenerator(seed: 9)
        let problems = try (0..<24).map { _ in try RandomProblems.make(&random, largest: 8) }
        let alone = problems.map { $0.solved() }
        try await withThrowingTaskGroup(of: (Int, Certificate).self) { group in
            for index in problems.indices { group.addTask { (index, problems[index].solved()) } }
            for try await (index, answer) in group {
                #expect(answer.set == alone[index].set && answer.bound == alone[index].bound)
            }
        }
    }
}
