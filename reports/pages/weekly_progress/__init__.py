"""The weekly page of a city's season."""
