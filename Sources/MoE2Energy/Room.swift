// The room of MoE2Energy.
