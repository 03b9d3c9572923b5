"""A city's contests."""
