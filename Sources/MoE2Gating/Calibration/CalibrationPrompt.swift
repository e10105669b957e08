/// One prompt of a calibration set.
public struct CalibrationPrompt: Sendable, Equatable {
    /// Identifies the prompt within its set.
    public var id: String
    /// The part of the set that the prompt belongs to, such as `train`; `nil` where the file names none.
    public var split: String?
    /// The question alone, as an expert is asked it.
    public var question: String
    /// The options, if their texts are known.
    public var options: [String]
    /// The text that the gate sees: the question and its options.
    public var text: String
    /// What is known about the prompt, coarse to fine, each as `field:value`, such as `domain:law`.
    public var labels: [String]
    /// The number of options; 0 for free text.
    public var optionCount: Int
    /// The index of the correct option, if the answer is one of the options.
    public var answer: Int?
    /// The right answer in words, for free text; `nil` if there is none to compare with.
    public var reference: String?

    /// A calibration prompt; its question is the text unless given.
    public init(
        id: String,
        split: String? = nil,
        text: String,
        labels: [String] = [],
        optionCount: Int = 0,
        answer: Int? = nil,
        question: String? = nil,
        options: [String] = [],
        reference: String? = nil
    ) {
        self.id = id
        self.split = split
        self.text = text
        self.labels = labels
        self.optionCount = optionCount
        self.answer = answer
        self.question = question ?? text
        self.options = options
        self.reference = reference
    }
}
