"""Files that a city sends, read as text, brought to canonical tables and published as a snapshot."""
