"""From cells to canonical rows: typed values, or the rule that a cell breaks."""
