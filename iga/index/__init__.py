"""The index: exact form, frame kernel's steps, ranks, bounds, and why it moved."""
