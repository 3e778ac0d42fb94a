"""Audio to motion: the mouth network, the scripted teacher of everything else, and the motion diffusion model."""
