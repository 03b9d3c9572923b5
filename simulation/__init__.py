"""Simulated files of any number of regions, editions and layouts, with their truth beside them."""
