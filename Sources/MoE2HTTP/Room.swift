// The room of MoE2HTTP.
