"""What people read: rich on a terminal, plain lines in a pipe."""
