import MoE2GateProgram

@main
enum Program {
    static func main() async {
        await GateProgram.main()
    }
}
