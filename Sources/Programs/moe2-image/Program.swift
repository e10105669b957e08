import MoE2Commands
import MoE2GateProgram

/// The gate and the client in one file, for the container's image: apart, each would bring all libraries that both use.
@main
enum Program {
    /// Which of the two it is, the name says under which it was started.
    static func main() async {
        let name = CommandLine.arguments.first?.split(separator: "/").last
        if name == "moe2-gate" {
            await GateProgram.main()
        } else {
            await ClientProgram.main()
        }
    }
}
