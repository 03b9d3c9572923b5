"""What the ministry published beside what is computed, for real input only."""
