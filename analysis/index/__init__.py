"""The index of a snapshot's seasons: rows in words, under any rules, why it moved, what it is computed from."""
