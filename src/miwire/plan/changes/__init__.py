"""The changes, by the resource that they change."""
