// The room of MoE2Selection.
