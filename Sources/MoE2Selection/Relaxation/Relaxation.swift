/// A quality function with an upper bound that is linear in the set: the part of the solver that knows the scores.
///
/// Works in its own unit of quality. For the experts that are in (`included`) and those that are free, it offers
/// Q(S) ≤ ``evaluate()`` + Σ over the free members of S of ``gain``, valid for all values of its multipliers, and moves the multipliers
/// towards the tightest such bound.
protocol Relaxation: AnyObject {
    /// Quality per unit.
    var unit: Double { get }
    /// What the bounds of this relaxation may fall short of the exact value by.
    var slack: Double { get }
    /// All exact values are multiples of this; 0 when they are not.
    var grain: Double { get }

    /// Takes up another model of the same prompts, with experts that left and newcomers; false when they do not fit what was prepared.
    /// - Throws: ``Interrupted``: the relaxation is then of no use any more.
    func adopt(_ model: Model, _ interrupt: Interrupt) throws(Interrupted) -> Bool

    /// The exact value of a set, the same whatever the order of prompts and experts.
    /// - Throws: ``Interrupted`` when the caller gave up.
    func exactValue(_ set: ExpertSet, _ interrupt: Interrupt) throws(Interrupted) -> Double

    /// Members without which the set is surely worth less, whatever other members are taken away too; there may be more.
    func needed(of set: ExpertSet) -> ExpertSet

    /// Sets the experts that are in and those that may come in (ascending), and takes up multipliers.
    /// - Throws: ``Interrupted``: nothing is loaded then.
    func load(included: ExpertSet, free: [Int], multipliers: Multipliers?, _ interrupt: Interrupt) throws(Interrupted)

    /// Takes up multipliers for what is loaded.
    func adopt(_ multipliers: Multipliers)
    /// Multipliers for which the bound is tight, or nearly, at `set`.
    func multipliers(around set: ExpertSet) -> Multipliers

    /// The number of free experts after ``load(included:free:multipliers:)``.
    var freeCount: Int { get }
    /// The value of all experts that are in or free; with the slack, no set is better. More when that is cheaper to work out.
    var valueOfAll: Double { get }
    /// Whether dominance is worth a look at a node `depth` below the root.
    func canCompare(depth: Int) -> Bool
    /// Whether the free expert at place `one` gains at least as much as that at `other` on every prompt, whatever else is added to the
    /// experts that are in, and is as good in the place of the other; exactly, in the scores that values are made of.
    func gainsAtLeast(_ one: Int, _ other: Int) -> Bool
    /// Computes the gains at the current multipliers; returns the constant part of the bound.
    func evaluate() -> Double
    /// What each free expert adds to the bound, by place in the free list.
    var gain: UnsafeMutablePointer<Double> { get }
    /// How the multipliers should move at a node `depth` below the root.
    func pace(depth: Int) -> Pace
    /// Moves the multipliers against a subgradient for the shares `share` of the free experts; `excess` is how far the bound is above
    /// the value that would close the node.
    func step(share: UnsafePointer<Float>, excess: Double)
    /// The multipliers now.
    func multipliers() -> Multipliers

    /// Starts a set at the experts that are in, to grow it by ``marginal(_:)`` and ``grow(_:)``.
    func startSet()
    /// What the free expert adds to the set being grown.
    func marginal(_ column: Int) -> Double
    /// Adds the free expert to the set being grown.
    func grow(_ column: Int)
    /// The value of the set being grown.
    var grownValue: Double { get }
}
