"""The article's two programs, core and integration, as examples to copy."""
