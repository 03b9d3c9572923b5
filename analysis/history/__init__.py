"""What happened: from a figure to its cells, changes between states, identities over the years."""
