/// One line of a prompts file. Every field but `id` and one of `question`, `prompt` is optional.
struct PromptRecord: Decodable {
    var id: String
    var split: String?
    var domain: String?
    var category: String?
    var source: String?
    var question: String?
    var prompt: String?
    var choices: [String]?
    var options: [String]?
    var answer: String?
}
