"""Recipe of the reference pack: data, training, export and evaluation of the graphs that the engine runs."""
