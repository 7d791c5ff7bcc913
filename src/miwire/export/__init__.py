"""Plans written as something else, such as a script of az commands."""
