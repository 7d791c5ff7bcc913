"""JWTs: parse, explain, verify, forge."""
