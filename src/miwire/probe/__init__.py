"""The cases of a probe, and who answered."""
