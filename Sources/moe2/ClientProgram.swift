import ArgumentParser

/// The client tool as a program.
public enum ClientProgram {
    /// Does what the process's arguments say; ends the process when that fails.
    public static func main() async {
        await MoE2Command.main()
    }
}
