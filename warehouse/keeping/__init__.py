"""Keeping a home: backups, what is kept and what goes, and whether all of it is still whole. No load runs this."""
