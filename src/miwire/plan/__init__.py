"""Changes as values, and applying them."""
