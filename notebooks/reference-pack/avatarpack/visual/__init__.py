"""The visual half of the pack: motion fields, their causal diffusion, and the decoder that warps and paints."""
