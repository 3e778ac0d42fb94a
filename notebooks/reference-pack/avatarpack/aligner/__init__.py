"""The graph that finds the face in any portrait, so that the engine can crop it to the pack's framing."""
