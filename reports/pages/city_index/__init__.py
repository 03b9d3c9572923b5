"""The report of one city in one edition."""
