"""The quality table of the pack: unseen people saying unseen sentences, measured on the frames."""
