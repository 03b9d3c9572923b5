"""Likely ranges beside the bounds of an index: computed when asked, kept apart from every figure that is computed."""
