"""Keeping a home: backups, what is kept and what goes, former schemas, and whether all of it is still whole."""
