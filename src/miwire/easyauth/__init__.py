"""easyauth."""
