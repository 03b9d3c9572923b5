"""Rulebooks as dated data, crosswalks between the lists of neighbouring editions, and the checks of both."""
