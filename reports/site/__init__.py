"""Report sites: what is built, the front page, the folder on disk."""
