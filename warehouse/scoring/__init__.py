"""Scoring at publish: maturities and indices of everything in a snapshot, as of each of its days."""
