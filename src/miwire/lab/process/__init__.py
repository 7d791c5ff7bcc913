"""The process: servers, control routes, programs, files."""
