"""What the notebooks share: running the engine, reading its recordings, plots in one style."""
