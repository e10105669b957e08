// The room of MoE2Trust.
