import MoE2Commands

@main
enum Program {
    static func main() async {
        await ClientProgram.main()
    }
}
