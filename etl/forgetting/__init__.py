"""Erases a file or a person from a home for good; `undo` takes back, this destroys."""
