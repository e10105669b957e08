// The room of MoE2Store.
