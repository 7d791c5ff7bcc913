"""What should hold, as pure functions of values."""
