"""How sure the ranking of several cities is."""
