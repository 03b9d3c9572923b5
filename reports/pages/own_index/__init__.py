"""A composite index of a person's own table: its framework, scores, places, and how sure they are."""
