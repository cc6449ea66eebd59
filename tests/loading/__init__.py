"""How workflows are found and loaded."""
