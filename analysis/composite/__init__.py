"""A composite index of a person's own table: its files read, its index computed, and its methods told."""
