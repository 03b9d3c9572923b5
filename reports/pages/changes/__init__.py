"""What changed in a city's season."""
