"""Several cities over several editions."""
