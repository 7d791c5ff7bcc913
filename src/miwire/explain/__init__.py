"""What codes and error messages mean here, how to see it and how to fix it; offline."""
