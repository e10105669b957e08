// The room of MoE2Agent.
