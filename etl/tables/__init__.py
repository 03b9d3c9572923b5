"""Sheets as people draw them become tables ready for recognition; every row keeps its sheet and its number."""
