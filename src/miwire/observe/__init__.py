"""Reading what a plan starts from."""
