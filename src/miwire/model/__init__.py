"""What was read of Azure, as frozen values without I/O."""
