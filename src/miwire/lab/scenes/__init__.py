"""Named starting points, and the builder that they use."""
