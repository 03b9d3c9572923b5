"""A season of one city: its rows, its readiness on a day, its targets and who answers for what."""
