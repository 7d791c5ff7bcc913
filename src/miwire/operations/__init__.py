"""What miwire does: one module per command, and what they share."""
