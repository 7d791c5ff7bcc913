"""What things are: values without I/O, seen by every other floor."""
