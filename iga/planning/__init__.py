"""What lifts the index: gaps, raises of levels, and what to send or hold."""
