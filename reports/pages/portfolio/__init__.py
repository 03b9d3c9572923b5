"""A city's portfolio."""
