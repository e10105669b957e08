import MoE2Core

/// The prompts that the planner optimises over, by category.
struct CalibrationPrompts: Sendable {
    /// More prompts than this say no more about the mean.
    static let maximumPerCategory = 4096

    private var byCategory: [Category: [String]] = [:]
    private var all: [String] = []
    /// Every prompt that some category is planned by.
    private(set) var planned: [String] = []

    init(_ prompts: [(text: String, categories: [Category])] = []) {
        for (text, categories) in prompts {
            all.append(text)
            for category in categories { byCategory[category, default: []].append(text) }
        }
        planned = Array(Set(categories.flatMap(prompts(for:)) + all.prefix(Self.maximumPerCategory)))
    }

    /// The prompts of `category`, or all when it has none.
    func prompts(for category: Category) -> [String] {
        let own = byCategory[category] ?? []
        return Array((own.isEmpty ? all : own).prefix(Self.maximumPerCategory))
    }

    /// The categories that have prompts.
    var categories: [Category] { byCategory.keys.sorted() }
}
