"""The index itself: rulebooks as dated data and pure functions on frames."""
