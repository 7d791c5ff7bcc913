"""What should hold. Pure: a check sees values of the domain and nothing else."""
