import MoE2Core

/// How the gate treats queries; from the configuration.
struct EngineSettings: Sendable {
    /// The category of a query that names none.
    var defaultCategory: Category
    /// What the configuration says of each category.
    var categories: [Category: CategorySettings]
    /// How long a query without a latency limit may take.
    var longestAnswer = Duration.seconds(300)
    /// Shards that may wait in the whole fleet.
    var queueLimit = 256
    /// Experts tried for one shard, the first included.
    var maximumAttempts = 4
    /// Shards started again because one is slow; nil switches hedging off.
    var hedging: HedgeSettings? = HedgeSettings()

    /// Settings with these categories and the defaults otherwise.
    init(defaultCategory: Category, categories: [Category: CategorySettings]) {
        self.defaultCategory = defaultCategory
        self.categories = categories
    }

    /// What `configuration` says of queries.
    init(_ configuration: GateConfiguration) {
        self.init(defaultCategory: configuration.defaultCategory, categories: configuration.categories)
        queueLimit = configuration.limits.queue
    }

    /// The settings of `category`: the default category's when it is not configured.
    func settings(for category: Category) -> CategorySettings {
        categories[category] ?? categories[defaultCategory] ?? CategorySettings()
    }
}
