"""The versioned contract: one document on stdout, every key written out by hand."""
