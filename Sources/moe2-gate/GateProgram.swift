import ArgumentParser

/// The gate as a program.
public enum GateProgram {
    /// Runs the gate as the process's arguments say; ends the process when that fails.
    public static func main() async {
        await MoE2GateCommand.main()
    }
}
