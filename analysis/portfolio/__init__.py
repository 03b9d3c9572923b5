"""A city's portfolio of innovations over years and schemes."""
